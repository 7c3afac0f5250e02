import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** Needs no API server, only a network of its own to break: Linux with user namespaces. */
const ISOLATED = ['--map-root-user', '--net'];
const isIsolable = spawnSync('unshare', [...ISOLATED, 'ip', 'link']).status === 0;

describe.skipIf(!isIsolable)('a half-open watch', () => {
  it('is noticed within 22 s of its peer vanishing, and what happened meanwhile is heard', async () => {
    const program = join(import.meta.dirname, '../crds/half-open.ts');
    const run = promisify(execFile)('unshare', [...ISOLATED, process.execPath, program]);
    const { noticedMs, heard } = JSON.parse((await run).stdout);
    expect(noticedMs).toBeLessThan(22_000);
    expect(heard).toBe('meanwhile');
  });
});
