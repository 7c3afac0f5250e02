import { executorPath } from '../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { until } from '../operator/support/desk.ts';
import { type FakeExecutor, runPod } from '../operator/support/fake-executor.ts';
import { CHILDREN, condition, desk, metric, operator } from './operator-desk.ts';

/** With a key, so that it can have orders at a venue. */
export const KEYED = {
  mode: 'trickle',
  venue: { name: 'btcturk', credentialsSecretRef: { name: 'keys' } },
};
const NODE = 'node-1';
let addresses = 30;

/** An executor that is going to be deleted, with a pod that answers and is not flat until it is told to be. */
export interface Doomed {
  readonly pod: FakeExecutor;
  readonly path: string;
  /** The HTTP status of each of CHILDREN. */
  children(): Promise<readonly number[]>;
  remove(policy?: 'Background' | 'Foreground' | 'Orphan'): Promise<void>;
  /** When the kubelet was asked to stop the pod; undefined: it was not. */
  podAskedToStop(): Promise<string | undefined>;
  /** What the kubelet says once the process has ended. */
  podEnded(): Promise<void>;
  waits(): Promise<TradingExecutor>;
  gone(): Promise<unknown>;
}

export async function doomed(namespace: string, name: string, spec: object = {}): Promise<Doomed> {
  const { server } = desk;
  await desk.declare(namespace, name, { ...KEYED, ...spec });
  const path = executorPath({ namespace, name });
  const podPath = `/api/v1/namespaces/${namespace}/pods/${name}-executor-0`;
  await onNode(podPath);
  addresses += 1;
  const pod = await runPod(desk, { namespace, name }, `127.0.0.${addresses}`);
  pod.manners.notFlat = true;
  const says = (type: string, reason: string) =>
    until(`${type} of ${name} is ${reason}`, async () => {
      const object = await desk.get(namespace, name);
      return condition(object, type)?.reason === reason ? object : undefined;
    });
  await says('Ready', 'Running');
  return {
    ...{ pod, path },
    children: () =>
      Promise.all(
        CHILDREN.map(async ([api, resource, suffix]) => {
          const child = `/${api}/namespaces/${namespace}/${resource}/${name}-executor${suffix}`;
          return (await server.request('GET', child)).status;
        }),
      ),
    async remove(policy = 'Background') {
      await server.request('DELETE', `${path}?propagationPolicy=${policy}`);
    },
    podAskedToStop: async () =>
      (await server.request('GET', podPath)).body.metadata?.deletionTimestamp,
    async podEnded() {
      await server.request('DELETE', `${podPath}?gracePeriodSeconds=0`);
    },
    waits: () => says('Progressing', 'DeletionWaits'),
    gone: () =>
      until(
        `${name} is gone`,
        async () => (await server.request('GET', path)).status === 404,
        40_000,
      ),
  };
}

/** Only a pod that is on a node is asked to stop first; of others nothing but the object is left. */
async function onNode(podPath: string): Promise<void> {
  const { server } = desk;
  await server.request('POST', '/api/v1/nodes', { metadata: { name: NODE } });
  const bound = await until(`${podPath} exists`, async () => {
    const { status, body } = await server.request('GET', podPath);
    return status === 200 ? body : undefined;
  });
  const { name } = bound.metadata;
  await server.request('POST', `${podPath}/binding`, {
    ...{ apiVersion: 'v1', kind: 'Binding', metadata: { name } },
    target: { apiVersion: 'v1', kind: 'Node', name: NODE },
  });
}

/** How many executors were let go for this reason. */
export const released = (reason: string): Promise<number> =>
  metric(operator, new RegExp(`^trading_operator_deletions_total\\{reason="${reason}"`));

export const eventAbout = (namespace: string, name: string, reason: string) =>
  until(`an Event ${reason} about ${name}`, async () => {
    const query = `fieldSelector=involvedObject.name=${name},reason=${reason}`;
    const path = `/api/v1/namespaces/${namespace}/events?${query}`;
    const { body } = await desk.server.request('GET', path);
    return body.items[0] as { message: string; type: string } | undefined;
  });
