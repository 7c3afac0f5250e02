import { REPOSITORY } from '../cluster/bundle.ts';
import { ensurePackages } from '../toolchain/debian.ts';
import { become } from './become.ts';
import { Steps } from './steps.ts';
import { systemReady } from './system.ts';

/** `npm run gameday [-- DAY…]`: sets everything up, then plays the days where the cluster is. */
export async function gamedayVerb(args: readonly string[]): Promise<number> {
  const steps = new Steps();
  const cluster = await systemReady(steps);
  // Where the days are played nothing leaves the machine, so packages come before.
  await steps.step('libfaketime, for day 4', (progress) =>
    ensurePackages(['libfaketime'], progress),
  );
  const argv = cluster.command([process.execPath, 'test/gameday/main.ts', ...args]);
  return become(argv, { cwd: REPOSITORY, env: cluster.env });
}
