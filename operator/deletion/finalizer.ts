import { MERGE_PATCH } from '../../crds/kube/call.ts';
import { executorPath } from '../../crds/kube/paths.ts';
import { STOP_FINALIZER } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { FIELD_MANAGER } from '../apply/perform.ts';
import { ApiRefused, type Cluster } from '../cluster.ts';

/** The object as written; `stale`: it is another one than was judged, read again. */
export type FinalizersWritten = TradingExecutor | 'stale' | 'gone';

export const putFinalizer = (cluster: Cluster, object: TradingExecutor) =>
  write(cluster, object, [...(object.metadata.finalizers ?? []), STOP_FINALIZER]);

export const takeFinalizer = (cluster: Cluster, object: TradingExecutor) =>
  write(
    cluster,
    object,
    (object.metadata.finalizers ?? []).filter((one) => one !== STOP_FINALIZER),
  );

/**
 * A merge patch replaces the list, so it is held to the version and the uid that were judged: nobody
 * else's finalizer is lost, and no namesake is let go. Throws on any other refusal.
 */
async function write(
  cluster: Cluster,
  { metadata }: TradingExecutor,
  finalizers: readonly string[],
): Promise<FinalizersWritten> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const answer = await cluster.write<TradingExecutor>({
    method: 'PATCH',
    path: executorPath({ namespace, name }),
    query: { fieldManager: FIELD_MANAGER },
    contentType: MERGE_PATCH,
    body: { metadata: { uid, resourceVersion, finalizers } },
  });
  if (answer.ok) return answer.body;
  if (answer.status === 409) return 'stale';
  if (answer.status === 404) return 'gone';
  throw new ApiRefused(`finalizers of ${namespace}/${name}`, answer);
}
