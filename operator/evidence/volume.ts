import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPackName } from './folder.ts';
import { MANIFEST } from './manifest.ts';
import type { HeldPack, PackFiles, PackStore, StoredFile } from './store.ts';

/** Packs as folders of `incidents/` in a folder that is mounted. */
export function volumeStore(evidenceDir: string): PackStore {
  const parent = join(evidenceDir, 'incidents');
  return {
    open: (pack) => folderFiles(join(parent, pack)),
    async list() {
      const entries = (await unlessAbsent(readdir(parent, { withFileTypes: true }))) ?? [];
      const packs = entries.filter((entry) => entry.isDirectory() && isPackName(entry.name));
      const names = packs.map(({ name }) => name).sort();
      return Promise.all(names.reverse().map((name) => held(parent, name)));
    },
    async remove(pack) {
      await rm(join(parent, pack, MANIFEST), { recursive: true, force: true });
      await rm(join(parent, pack), { recursive: true, force: true });
    },
    async free() {
      await mkdir(evidenceDir, { recursive: true });
      const { bavail, bsize } = await statfs(evidenceDir);
      return bavail * bsize;
    },
    close: async () => undefined,
  };
}

/** A pack in a folder, which is made when the first file is written. */
export const folderFiles = (folder: string): PackFiles => ({
  async write(name, bytes) {
    await mkdir(folder, { recursive: true });
    const path = join(folder, name);
    await writeFile(`${path}.new`, bytes);
    await rename(`${path}.new`, path);
  },
  read: (name) => opened(join(folder, name)),
});

/** Never through a symbolic link: it could lead out of the pack. */
async function opened(path: string): Promise<StoredFile | undefined> {
  const file = await unlessAbsent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  if (file === undefined) return undefined;
  const { size: bytes } = await file.stat();
  return { bytes, content: file.createReadStream() };
}

async function held(parent: string, name: string): Promise<HeldPack> {
  const files = (await unlessAbsent(readdir(join(parent, name)))) ?? [];
  const sizes = files.map(async (file) => {
    const { size = 0 } = (await unlessAbsent(stat(join(parent, name, file)))) ?? {};
    return size;
  });
  return { name, bytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) };
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
}
