import { join } from 'node:path';
import { REPOSITORY } from '../cluster/bundle.ts';
import { run } from '../setup/command.ts';
import { cached } from '../toolchain/cache.ts';

/** The page as it ships, built into the cache. Returns its folder. */
export async function builtPage(): Promise<string> {
  const outDir = cached('console', 'page');
  const page = join(REPOSITORY, 'operator/console/page');
  const vite = join(REPOSITORY, 'node_modules/vite/bin/vite.js');
  const config = join(page, 'vite.config.ts');
  // a process of its own: under NODE_ENV=test, as here, another page would be built
  await run([process.execPath, vite, 'build', page, '-c', config, '--outDir', outDir], {
    env: { NODE_ENV: 'production' },
  });
  return outDir;
}
