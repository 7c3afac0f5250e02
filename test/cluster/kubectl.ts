import { run } from '../setup/command.ts';
import type { Cluster, Kubectl } from './cluster.ts';

/** kubectl against a cluster, run where the cluster can be reached from. */
export function kubectlOf(cluster: Pick<Cluster, 'command' | 'env'>): Kubectl {
  return (args, input) =>
    run(cluster.command(['kubectl', ...args]), {
      env: cluster.env,
      ...(input === undefined ? {} : { input }),
    });
}
