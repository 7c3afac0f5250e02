import { REPOSITORY } from '../cluster/bundle.ts';
import { chooseCluster } from '../cluster/choose.ts';
import { relay, stopRelays } from '../cluster/relay.ts';
import { ALERTMANAGER_PORT, PROMETHEUS_PORT } from '../monitoring/objects.ts';
import { become } from './become.ts';
import { Steps } from './steps.ts';
import { systemReady } from './system.ts';

/** `npm run demo [-- --down]`: sets everything up, then tells the story where the cluster is. */
export async function demoVerb(args: readonly string[]): Promise<number> {
  const steps = new Steps();
  if (args.includes('--down')) {
    const cluster = await chooseCluster();
    stopRelays();
    await steps.step('removing the cluster', (progress) => cluster.down(progress));
    return 0;
  }
  const cluster = await systemReady(steps);
  steps.say(`set up in ${steps.total()}`);
  const argv = cluster.command([process.execPath, 'test/demo/main.ts', ...args]);
  const code = await become(argv, { cwd: REPOSITORY, env: cluster.env });
  if (code === 0 && cluster.capabilities().nodePorts.length > 0) {
    console.log(`\nPrometheus     ${await relay(cluster, PROMETHEUS_PORT)}`);
    console.log(`Alertmanager   ${await relay(cluster, ALERTMANAGER_PORT)}`);
  }
  return code;
}
