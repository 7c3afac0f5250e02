import { executorPath } from '../../../crds/kube/paths.ts';
import type { ApiClient } from './api-client.ts';

/** A TradingExecutor by another group: the same schema, rules and size, but nobody acts on it. */
export const FLOOR_GROUP = 'floor.spark.trading';

export const floorPath = (namespace: string): string =>
  `/apis/${FLOOR_GROUP}/v1alpha1/namespaces/${namespace}/tradingexecutors`;

/** Gives the floor a twin of an executor's object: the same size, status included. */
export async function copyOf(
  client: ApiClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const { body } = await client.must({ method: 'GET', path: executorPath({ namespace, name }) });
  const path = floorPath(namespace);
  const { status } = await client.ask({ method: 'GET', path: `${path}/${name}` });
  if (status === 404) {
    const apiVersion = `${FLOOR_GROUP}/v1alpha1`;
    const twin = { apiVersion, kind: body.kind, metadata: { name }, spec: body.spec };
    await client.must({ method: 'POST', path, body: twin });
  }
  await client.patch(`${path}/${name}/status`, { status: body.status });
}
