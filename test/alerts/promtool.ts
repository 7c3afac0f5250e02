import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, type Finished, which } from '../setup/command.ts';
import { cacheRoot } from '../toolchain/cache.ts';

/** promtool: from PROMTOOL, else the newest in the test platform's cache, else from PATH. */
export async function findPromtool(): Promise<string | undefined> {
  const named = process.env.PROMTOOL;
  if (named !== undefined && existsSync(named)) return named;
  const built = globSync('{bin,prometheus}/**/promtool', { cwd: cacheRoot() }).sort().at(-1);
  return built === undefined ? which('promtool') : join(cacheRoot(), built);
}

/** Runs promtool's unit tests; code 0 means that every one passed. */
export function testRules(promtool: string, files: readonly string[]): Promise<Finished> {
  return attempt([promtool, 'test', 'rules', ...files]);
}
