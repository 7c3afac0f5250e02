import { call } from '../../../crds/kube/call.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { corePath, executorsPath } from '../../../crds/kube/paths.ts';
import { API_VERSION, type ExecutorKey } from '../../../crds/names.ts';
import { must } from './must.ts';

/** A platform has desks; a namespace each. */
const DESKS = 10;
const AT_ONCE = 16;

export const keyAt = (n: number): ExecutorKey => ({
  namespace: `desk-${n % DESKS}`,
  name: `executor-${String(n).padStart(5, '0')}`,
});

/** Declares executors 0 to `count`, as `kubectl apply` of their manifests would. */
export async function declare(connection: KubeConnection, count: number): Promise<void> {
  for (let desk = 0; desk < DESKS; desk += 1) {
    const metadata = { name: `desk-${desk}` };
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata };
    must(await call(connection, { method: 'POST', path: corePath('namespaces'), body }));
  }
  const numbers = Array.from({ length: count }, (_, n) => n);
  await together(numbers, AT_ONCE, async (n) => {
    const key = keyAt(n);
    const path = executorsPath(key.namespace);
    must(await call(connection, { method: 'POST', path, body: manifest(key) }));
  });
}

const manifest = (metadata: ExecutorKey) => ({
  apiVersion: API_VERSION,
  kind: 'TradingExecutor',
  metadata,
  spec: {
    version: 'v1.2-ramp',
    rollout: { progressDeadline: '1h' }, // no pod ever comes up: rest would end at three minutes
    venue: {
      name: 'btcturk',
      baseUrl: 'http://127.0.0.1:9', // no pod ever runs here, so nobody is called
      credentialsSecretRef: { name: `${metadata.name}-key` },
    },
    callers: [
      { serviceAccount: { namespace: metadata.namespace, name: 'strategy' }, role: 'trader' },
    ],
  },
});

/** `work` over all items, at most `width` at a time; the first failure is thrown. */
export async function together<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
