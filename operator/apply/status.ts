import { SERVER_SIDE_APPLY } from '../../crds/kube/call.ts';
import { executorPath } from '../../crds/kube/paths.ts';
import { API_VERSION } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { ApiRefused, type Cluster } from '../cluster.ts';
import type { OwnStatus } from '../reconcile/status.ts';
import { holds } from './holds.ts';

export const STATUS_MANAGER = 'trading-executor-operator-status';

/** Whether the object already says exactly this; `rollback` and others' conditions aside. */
export function saysAlready(object: TradingExecutor, wanted: OwnStatus): boolean {
  const { rollback: _another, conditions, ...rest } = object.status ?? {};
  const types = new Set(wanted.conditions?.map(({ type }) => type));
  const ours = conditions?.filter(({ type }) => types.has(type));
  const written = ours === undefined ? rest : { ...rest, conditions: byType(ours) };
  const meant = { ...wanted, conditions: byType(wanted.conditions ?? []) };
  return holds(written, meant) && holds(meant, written);
}

const byType = <T extends { readonly type: string }>(all: readonly T[]): readonly T[] =>
  [...all].sort((a, b) => (a.type < b.type ? -1 : 1));

/**
 * Applies the status without `rollback`, only onto the version it was made from: a latch written in
 * the meantime must not be answered with an old confirmation. `stale`: read again.
 */
export async function writeStatus(
  cluster: Cluster,
  object: TradingExecutor,
  status: OwnStatus,
): Promise<TradingExecutor | 'stale' | 'gone'> {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const answer = await cluster.write<TradingExecutor>({
    method: 'PATCH',
    path: executorPath({ namespace, name }, 'status'),
    query: { fieldManager: STATUS_MANAGER, force: true },
    contentType: SERVER_SIDE_APPLY,
    body: {
      apiVersion: API_VERSION,
      kind: 'TradingExecutor',
      metadata: { name, namespace, uid, resourceVersion },
      status,
    },
  });
  if (answer.ok) return answer.body;
  if (answer.status === 409) return 'stale';
  if (answer.status === 404) return 'gone';
  throw new ApiRefused(`status of ${namespace}/${name}`, answer);
}
