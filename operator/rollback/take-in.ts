import type { ExecutorKey } from '../../crds/names.ts';
import { type Alert, executorOf } from './alert.ts';
import type { RollbackMetrics } from './metrics.ts';
import type { Outcome } from './note.ts';
import { type RecordDeps, type Recorded, record } from './record.ts';

export interface TakeInDeps extends RecordDeps {
  readonly metrics: RollbackMetrics;
  /** Those this operator may read; undefined: all. An executor elsewhere is not ours. */
  readonly namespaces?: readonly string[] | undefined;
  /** Takes what became pending for the evidence; returns at once. */
  readonly keepAlerts?: ((key: ExecutorKey, alerts: readonly Alert[]) => void) | undefined;
}

interface Group {
  readonly key: ExecutorKey;
  readonly alerts: Alert[];
}

/**
 * Makes a batch of alerts durable, executor by executor. Returns when all of it is; throws when any
 * of it is not: the sender repeats the batch, and what was recorded already is then a duplicate.
 * One executor that cannot be written does not keep the alerts of the others out.
 */
export async function takeIn(deps: TakeInDeps, alerts: readonly Alert[]): Promise<void> {
  const { metrics } = deps;
  const groups = new Map<string, Group>();
  for (const alert of alerts) {
    const key = executorOf(alert);
    if (key === undefined) {
      metrics.alert('no-executor-label');
      continue;
    }
    const id = `${key.namespace}/${key.name}`;
    const group = groups.get(id) ?? { key, alerts: [] };
    group.alerts.push(alert);
    groups.set(id, group);
  }
  const failures: unknown[] = [];
  for (const group of groups.values()) {
    await takeInOne(deps, group).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0]; // the others come up again in the repetition
}

/** Alerts that no clock runs for are no evidence. */
const NO_EVIDENCE: readonly Outcome[] = ['not-matched', 'silenced', 'full'];

const UNKNOWN: Recorded = { kind: 'unknown-executor' };

async function takeInOne(deps: TakeInDeps, { key, alerts }: Group): Promise<void> {
  const { metrics, namespaces } = deps;
  const isOurs = namespaces?.includes(key.namespace) ?? true;
  const recorded = isOurs ? await record(deps, key, alerts) : UNKNOWN;
  if (recorded.kind === 'unknown-executor') {
    metrics.alert('unknown-executor', alerts.length);
    return;
  }
  const { outcomes } = recorded.noted;
  for (const outcome of outcomes) metrics.alert(outcome);
  const isEvidence = (at: number) => !NO_EVIDENCE.includes(outcomes[at] ?? 'not-matched');
  deps.keepAlerts?.(
    key,
    alerts.filter((_, at) => isEvidence(at)),
  );
  if (recorded.noted.implausibleStarts > 0) {
    metrics.implausibleStarts(recorded.noted.implausibleStarts);
  }
}
