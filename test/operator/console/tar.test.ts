import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TAR_END, tarEntry } from '../../../operator/console/incidents/tar.ts';
import { run } from '../../setup/command.ts';

it('an archive unpacks with tar to the same files, of any length', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tar-'));
  const files = [0, 1, 511, 512, 513, 100_000].map((length) => ({
    name: `${length}.txt`,
    bytes: Buffer.alloc(length, 'ğ'),
  }));
  const pack = '2026-11-23T03-10-00Z-btc';
  const entries = files.map((file) => tarEntry(pack, file, 1_764_000_000));
  await writeFile(join(folder, 'pack.tar'), Buffer.concat([...entries, TAR_END]));
  await run(['tar', '-xf', join(folder, 'pack.tar'), '-C', folder]);
  for (const { name, bytes } of files) {
    expect((await readFile(join(folder, pack, name))).equals(bytes), name).toBe(true);
  }
  await rm(folder, { recursive: true });
});
