import type { EpochMs } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import { ACKNOWLEDGE_ANNOTATION } from '../../crds/names.ts';
import type { RollbackStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { type Decision, decision } from './decision.ts';
import { acknowledgedAt, isMarked, MARK } from './incident.ts';
import { openIncidents, ownRollback } from './latch.ts';
import { isPatchedFor } from './patch.ts';
import type { Recovery } from './recovery.ts';

export interface Seen {
  readonly executor: TradingExecutor;
  /** Of the executor's namespace. */
  readonly incidents: readonly TradingIncident[];
  readonly recovery?: Recovery | undefined;
  readonly now: EpochMs;
}

/** The next thing to do, derived from the objects alone: after a restart it is the same one. */
export type Step =
  | Exclude<Decision, { kind: 'nothing' }>
  | { readonly kind: 'nothing'; readonly reason: string }
  /** No status.rollback of its own yet. */
  | { readonly kind: 'begin' }
  /** An incident is open and nothing holds the latch for it: a crash, or somebody took the status. */
  | { readonly kind: 'latch'; readonly incident: TradingIncident }
  | { readonly kind: 'acknowledge'; readonly rollback: RollbackStatus }
  /** The incident that holds the latch has no record. */
  | { readonly kind: 'record'; readonly rollback: RollbackStatus & { readonly incident: string } }
  | {
      readonly kind: 'note-latch' | 'patch' | 'note-patch' | 'announce';
      readonly incident: TradingIncident;
    };

/** Pure: the order of the questions is the order of a rollback. */
export function step(seen: Seen): Step {
  const { executor, incidents } = seen;
  const rollback = ownRollback(executor);
  if (rollback === undefined) return { kind: 'begin' };
  if (!rollback.latched) {
    const [open] = openIncidents(incidents, executor.metadata.name);
    return open === undefined ? decide(seen, rollback) : { kind: 'latch', incident: open };
  }
  const named = executor.metadata.annotations?.[ACKNOWLEDGE_ANNOTATION];
  if (named !== undefined && named === rollback.incident) return { kind: 'acknowledge', rollback };
  const incident = incidents.find((one) => one.metadata.name === rollback.incident);
  if (incident === undefined) {
    const { incident: name } = rollback;
    if (name === undefined) return { kind: 'nothing', reason: 'latched by no incident' };
    return { kind: 'record', rollback: { ...rollback, incident: name } };
  }
  // Its word is for good: the annotation may have been written over before the latch went.
  if (incident.status?.acknowledged !== undefined) return { kind: 'acknowledge', rollback };
  return aftermath(executor, incident) ?? { kind: 'nothing', reason: 'latched, all done' };
}

/** What is still to be done for the incident that holds the latch; undefined when all is. */
function aftermath(executor: TradingExecutor, incident: TradingIncident): Step | undefined {
  if (!isMarked(incident, MARK.latched)) return { kind: 'note-latch', incident };
  // A recreated object was declared by somebody who saw the incident: its spec is left alone.
  const isSameObject = incident.spec.executor.uid === executor.metadata.uid;
  if (isSameObject && !isMarked(incident, MARK.patched)) {
    const isPatched = isPatchedFor(executor, incident.metadata.name);
    return { kind: isPatched ? 'note-patch' : 'patch', incident };
  }
  return isMarked(incident, MARK.announced) ? undefined : { kind: 'announce', incident };
}

function decide({ executor, incidents, recovery, now }: Seen, rollback: RollbackStatus): Step {
  const { enabled, persistFor } = executor.spec.rollback;
  const policy = { enabled, persistForMs: durationMs(persistFor) };
  const looked = acknowledgedAt(incidents, executor.metadata.name);
  return decision({ rollback, policy, recovery, acknowledgedAt: looked, now });
}

/** Whether the executors must be asked before `step` can judge. */
export function wantsProof(executor: TradingExecutor): boolean {
  const rollback = ownRollback(executor);
  return rollback?.latched === false && rollback.pending.some((one) => one.inconclusive === true);
}

/** The acknowledgement on the object that names another incident than the one that holds the latch. */
export function mistakenAcknowledgement(seen: Omit<Seen, 'now'>): string | undefined {
  const { executor, incidents } = seen;
  const rollback = ownRollback(executor);
  const named = executor.metadata.annotations?.[ACKNOWLEDGE_ANNOTATION];
  if (rollback?.latched !== true || named === undefined || named === rollback.incident) {
    return undefined;
  }
  // The annotation of the last time stays on the object; it is history, not a mistake.
  const isHistory = incidents.some(
    (one) => one.metadata.name === named && one.status?.acknowledged !== undefined,
  );
  return isHistory ? undefined : named;
}
