import { buildNatsImage, NATS_IMAGE } from '../bench/kill/nats-image.ts';
import { REPOSITORY } from '../cluster/bundle.ts';
import { dockerAt } from '../cluster/docker.ts';
import { become } from './become.ts';
import { Steps } from './steps.ts';
import { systemReady } from './system.ts';

/** `npm run bench:place`, `bench:v13`, `soak`: each is a program of its own under test/bench/. */
export function benchVerb(program: string) {
  return (args: readonly string[]): Promise<number> =>
    become([process.execPath, program, ...args], { cwd: REPOSITORY });
}

/** `npm run bench:kill`: on the real cluster, with everything installed, or `-- --bare` on this machine's loopback. */
export async function benchKillVerb(args: readonly string[]): Promise<number> {
  const program = 'test/bench/kill/main.ts';
  if (args.includes('--bare')) return benchVerb(program)(args);
  const steps = new Steps();
  const cluster = await systemReady(steps);
  await steps.step('image of NATS', async (progress) => {
    await buildNatsImage(dockerAt(cluster.env.DOCKER_HOST), progress);
    await cluster.loadImage(NATS_IMAGE);
  });
  const argv = cluster.command([process.execPath, program, ...args]);
  return become(argv, { cwd: REPOSITORY, env: cluster.env });
}
