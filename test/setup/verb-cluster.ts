import { chooseCluster } from '../cluster/choose.ts';
import { stopRelays } from '../cluster/relay.ts';
import { toolsFolder } from '../cluster/tools.ts';
import { clusterReady } from './platform.ts';
import { Steps } from './steps.ts';

/** `npm run cluster -- up | down | env | status`, for people. */
export async function clusterVerb(args: readonly string[]): Promise<number> {
  const steps = new Steps();
  switch (args[0]) {
    case 'up':
      await clusterReady(steps);
      steps.say(`ready in ${steps.total()}; next: eval "$(npm run -s cluster -- env)"`);
      return 0;
    case 'down': {
      const cluster = await chooseCluster();
      stopRelays();
      await steps.step('cluster down', (progress) => cluster.down(progress));
      return 0;
    }
    case 'env': {
      const cluster = await chooseCluster();
      console.log(`export PATH='${toolsFolder()}':"$PATH"`);
      for (const [name, value] of Object.entries(cluster.env)) {
        if (name === 'PATH') continue;
        console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
      }
      const prefix = cluster.command([]).join(' ');
      if (prefix !== '') console.log(`# reach the cluster with: ${prefix} kubectl get pods -A`);
      if (prefix !== '') console.log(`export TEO_PREFIX='${prefix}'`);
      return 0;
    }
    case 'status': {
      const cluster = await chooseCluster();
      const up = await cluster.isUp();
      console.log(`${cluster.way} (${cluster.reason}): ${up ? 'up' : 'not up'}`);
      return up ? 0 : 1;
    }
    default:
      console.error('Use: npm run cluster -- up | down | env | status');
      return 2;
  }
}
