import { join } from 'node:path';
import { build } from 'vite';
import { REPOSITORY } from '../cluster/bundle.ts';
import { cached } from '../toolchain/cache.ts';

/** The page as it ships, built into the cache. Returns its folder. */
export async function builtPage(): Promise<string> {
  const outDir = cached('console', 'page');
  const configFile = join(REPOSITORY, 'operator/console/page/vite.config.ts');
  await build({ configFile, logLevel: 'warn', build: { outDir } });
  return outDir;
}
