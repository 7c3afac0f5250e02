import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { volumeStore } from '../../../operator/evidence/volume.ts';
import { storeContract } from './store-contract.ts';

const made: string[] = [];
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))));

storeContract('a volume', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'volume-'));
  made.push(folder);
  return volumeStore(folder);
});
