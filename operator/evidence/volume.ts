import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EvidenceStore, StoredEntry, StoredFile } from './store.ts';

/** Evidence as files in a folder that is mounted. */
export const volumeStore = (root: string): EvidenceStore => ({
  async write(path, bytes) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.new`, bytes);
    await rename(`${target}.new`, target);
  },
  read: (path) => opened(join(root, path)),
  list: (folder) => below(join(root, folder), ''),
  remove: (path) => rm(join(root, path), { recursive: true, force: true }),
  async free() {
    await mkdir(root, { recursive: true });
    const { bavail, bsize } = await statfs(root);
    return bavail * bsize;
  },
  close: async () => undefined,
});

/** Never through a symbolic link: it could lead out of the pack. */
async function opened(path: string): Promise<StoredFile | undefined> {
  const file = await unlessAbsent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  if (file === undefined) return undefined;
  const { size: bytes } = await file.stat();
  return { bytes, content: file.createReadStream() };
}

async function below(folder: string, under: string): Promise<StoredEntry[]> {
  const entries = (await unlessAbsent(readdir(folder, { withFileTypes: true }))) ?? [];
  const found = entries.map(async (entry): Promise<StoredEntry[]> => {
    const [path, full] = [`${under}${entry.name}`, join(folder, entry.name)];
    if (entry.isDirectory()) return below(full, `${path}/`);
    const size = entry.isFile() ? (await unlessAbsent(stat(full)))?.size : undefined;
    return size === undefined ? [] : [{ path, bytes: size }];
  });
  return (await Promise.all(found)).flat();
}

/** undefined for what is not there, is a link, or is closed to us, as lost+found may be. */
async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ELOOP', 'EACCES'].includes(code)) return undefined;
    throw error;
  }
}
