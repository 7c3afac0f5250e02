import type { Clock } from '../../crds/clock.ts';
import { corePath } from '../../crds/kube/paths.ts';
import type { Action } from '../apply/action.ts';
import type { Cluster } from '../cluster.ts';
import type { UngatedOutbox } from '../evidence/ungated-outbox.ts';
import { instant } from '../reconcile/instant.ts';

const LINES_MAX = 2_000;
const BYTES_MAX = 1_048_576;
/** An ungated pod may be trading: its log is worth a moment, not more. */
const READ_MS_MAX = 1_000;
/** Reading and writing it down together. */
export const DELETION_WAITS_MS_MAX = 2_000;

export interface LogSaverOptions {
  readonly cluster: Cluster;
  /** Sends it to the evidence server, which no deletion waits for. */
  readonly outbox: Pick<UngatedOutbox, 'put'>;
  readonly clock: Clock;
  readonly failed: (cause: unknown) => void;
}

/** Keeps the log of a pod that is about to be deleted. Best effort: the deletion goes on without it. */
export function logSaver({ cluster, outbox, clock, failed }: LogSaverOptions) {
  const save = async ({ namespace, name, uid }: Action & { kind: 'delete-pod' }) => {
    const at = instant(clock.wall());
    const path = `${corePath('pods', namespace, name)}/log`;
    const query = { tailLines: LINES_MAX, limitBytes: BYTES_MAX, timestamps: true };
    const log = await cluster.text(path, query, READ_MS_MAX);
    if (!log.ok) throw new Error(`HTTP ${log.status}: ${log.message}`);
    await outbox.put({ namespace, pod: name, uid, at, log: log.body });
  };
  return async (action: Action & { kind: 'delete-pod' }): Promise<void> => {
    const saved = new AbortController();
    const late = clock.after(DELETION_WAITS_MS_MAX, saved.signal).then(
      () => failed(new Error(`it took longer than ${DELETION_WAITS_MS_MAX} ms`)),
      () => undefined, // saved in time
    );
    const saving = save(action)
      .catch(failed)
      .finally(() => saved.abort());
    await Promise.race([saving, late]);
  };
}
