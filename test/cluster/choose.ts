import { existsSync } from 'node:fs';
import { attempt } from '../setup/command.ts';
import { reachable } from '../toolchain/reachable.ts';
import { type Cluster, type ImageSource, WAYS, type Way } from './cluster.ts';
import { dockerAt } from './docker.ts';
import { GivenCluster } from './given-cluster.ts';
import { KindCluster } from './kind-cluster.ts';
import { ensureNodeImage } from './node-image.ts';
import {
  inNamespace,
  privateDocker,
  startPrivateDocker,
  stopPrivateDocker,
} from './private-docker.ts';
import { ensureTools, toolsPath } from './tools.ts';

export const REGISTRY = 'https://registry-1.docker.io/v2/';

/** Chooses how to come by a cluster; `TEO_CLUSTER` decides, or what this machine can reach. */
export async function chooseCluster(
  env: Record<string, string | undefined> = process.env,
): Promise<Cluster> {
  const forced = env.TEO_CLUSTER;
  if (forced !== undefined && forced !== '') {
    if (!WAYS.includes(forced as Way)) {
      throw new Error(`TEO_CLUSTER=${forced} is not a way to a cluster. Use ${WAYS.join(', ')}.`);
    }
    return cluster(forced as Way, `TEO_CLUSTER=${forced}`, env);
  }
  const given = env.KUBECONFIG;
  if (given !== undefined && given !== '' && (await answers(given))) {
    return cluster('kubeconfig', `KUBECONFIG=${given} answers`, env);
  }
  const docker = (await attempt(['docker', 'version'], { timeoutMs: 10_000 })).code === 0;
  if (!docker) return cluster('kind-built', 'no Docker daemon answers here', env);
  if ((await imageSource()) === 'published') {
    return cluster('kind-published', 'Docker and a registry answer', env);
  }
  return cluster('kind-built', 'no image registry can be reached', env);
}

async function cluster(
  way: Way,
  reason: string,
  env: Record<string, string | undefined>,
): Promise<Cluster> {
  switch (way) {
    case 'kubeconfig':
      if (env.KUBECONFIG === undefined || env.KUBECONFIG === '') {
        throw new Error('TEO_CLUSTER=kubeconfig needs KUBECONFIG to name a file.');
      }
      return new GivenCluster(env.KUBECONFIG, reason, await imageSource());
    case 'kind-published':
      return new KindCluster({
        way,
        reason,
        docker: dockerAt(),
        startDocker: () => Promise.resolve(),
        stopDocker: () => Promise.resolve(),
        images: 'published',
        inPlace: (argv) => [...argv],
      });
    case 'kind-built':
      return new KindCluster({
        way,
        reason,
        docker: privateDocker,
        startDocker: async (progress) => void (await startPrivateDocker(progress)),
        stopDocker: stopPrivateDocker,
        nodeImage: (progress) => ensureNodeImage(privateDocker, progress),
        images: 'built',
        inPlace: inNamespace,
      });
  }
}

const imageSource = async (): Promise<ImageSource> =>
  (await reachable(REGISTRY)) ? 'published' : 'built';

/** A KUBECONFIG that we set ourselves for a test run names a cluster that only answers in its place. */
async function answers(kubeconfig: string): Promise<boolean> {
  if (!existsSync(kubeconfig)) return false;
  await ensureTools(['kubectl'], () => undefined);
  const asked = ['kubectl', '--request-timeout=5s', 'get', '--raw', '/readyz'];
  const { stdout } = await attempt(asked, { env: { KUBECONFIG: kubeconfig, PATH: toolsPath() } });
  return stdout.trim() === 'ok';
}
