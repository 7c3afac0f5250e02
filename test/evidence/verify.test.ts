import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verify } from '../../evidence/verify.ts';
import { keep, writeManifest } from '../../operator/evidence/folder.ts';
import { volumeStore } from '../../operator/evidence/volume.ts';

const PROGRAM = join(import.meta.dirname, '../../evidence/main.ts');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pack-'));
  const pack = volumeStore(folder);
  const files = [
    await keep(pack, 'metrics.prom', 'spark_kill_switch 1\n'),
    await keep(pack, 'README.md', '# what happened\n'),
  ];
  const missing = [{ name: 'smoke.txt', why: 'no executor pod could be reached' }];
  const incident = { incident: 'btc-1', namespace: 'desk', executor: 'btc', startedAt: 'then' };
  await writeManifest(pack, { version: 1, ...incident, files, missing } as never);
});
afterEach(() => rm(folder, { recursive: true }));

const faults = async () => (await verify(folder)).faults;

it('finds nothing in a pack as it was written, and repeats what was missing then', async () => {
  expect(await verify(folder)).toEqual({
    files: 2,
    missing: [{ name: 'smoke.txt', why: 'no executor pod could be reached' }],
    faults: [],
  });
});

it('finds a changed file, also one of the same size', async () => {
  await writeFile(join(folder, 'metrics.prom'), 'spark_kill_switch 0\n');
  expect(await faults()).toEqual([expect.stringMatching(/^metrics.prom was changed.*SHA-256/)]);
});

it('finds a file that is gone and one that was added', async () => {
  await rm(join(folder, 'README.md'));
  await writeFile(join(folder, 'more.txt'), 'x');
  expect(await faults()).toEqual([
    'README.md is listed, but not there',
    'more.txt is there, but not listed',
  ]);
});

it('a folder without a manifest, or with another one, is no pack', async () => {
  await writeFile(join(folder, 'manifest.json'), '{"version":1}');
  await expect(verify(folder)).rejects.toThrow('is no manifest of a pack');
  await rm(join(folder, 'manifest.json'));
  await expect(verify(folder)).rejects.toThrow('name the folder of one pack');
});

it('the command ends with 0 for a whole pack, 1 for a changed one, 2 for none', async () => {
  const run = async (...args: string[]) => {
    const done = promisify(execFile)(process.execPath, [PROGRAM, ...args]);
    return done.then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      (error) => ({ code: error.code as number, said: `${error.stdout}${error.stderr}` }),
    );
  };
  expect(await run('--verify', folder)).toMatchObject({ code: 0 });
  await appendFile(join(folder, 'README.md'), 'and more\n');
  const changed = await run('--verify', folder);
  expect(changed.code).toBe(1);
  expect(changed.said).toContain('CHANGED  README.md');
  expect(await run('--verify', join(folder, 'nowhere'))).toMatchObject({ code: 2 });
  expect(await run('--verifi', folder)).toMatchObject({
    code: 2,
    said: expect.stringContaining('npm run evidence --'),
  });
}, 30_000);
