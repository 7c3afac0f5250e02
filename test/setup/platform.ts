import { existsSync } from 'node:fs';
import { chooseCluster } from '../cluster/choose.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { NODE_BINARIES } from '../cluster/node-image.ts';
import { TOOLS } from '../cluster/tools.ts';
import { type BinaryName, binary, ensureBinaries } from '../toolchain/binaries.ts';
import type { Steps } from './steps.ts';

export const API_SERVER_BINARIES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
] as const satisfies readonly BinaryName[];

/** Makes sure of binaries, each missing one a step of its own: a build may take minutes. */
export async function binariesReady(steps: Steps, names: readonly BinaryName[]): Promise<void> {
  for (const name of names) {
    if (existsSync(binary(name))) continue;
    await steps.step(`${name}: fetching or building`, (progress) =>
      ensureBinaries([name], progress),
    );
  }
}

/** Makes, mends or finds the test cluster, and says which way it came by it. */
export async function clusterReady(steps: Steps): Promise<Cluster> {
  const cluster = await steps.step('choosing a cluster', () => chooseCluster());
  steps.say(`${cluster.way}: ${cluster.reason}`);
  await binariesReady(steps, cluster.way === 'kind-built' ? [...NODE_BINARIES, ...TOOLS] : TOOLS);
  await steps.step('cluster up', (progress) => cluster.up(progress));
  return cluster;
}
