import type { EpochMs } from '../../crds/clock.ts';
import type { RollbackStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { instant } from './instant.ts';
import { restarted } from './pending.ts';

/** Makers of status.rollback. Only `released` takes a latch away, and only acknowledge.ts calls it. */

/** The status.rollback that is this object's own; one of another uid was restored and counts for nothing. */
export function ownRollback(object: TradingExecutor): RollbackStatus | undefined {
  const { rollback } = object.status ?? {};
  return rollback?.uid === object.metadata.uid ? rollback : undefined;
}

/** Incidents that name this executor and that nobody acknowledged; the newest decision first. */
export function openIncidents(
  incidents: readonly TradingIncident[],
  executor: string,
): readonly TradingIncident[] {
  return incidents
    .filter((one) => one.spec.executor.name === executor)
    .filter((one) => one.status?.acknowledged === undefined)
    .sort((a, b) => b.spec.decidedAt.localeCompare(a.spec.decidedAt));
}

/**
 * The first status of an object that has none of its own: new, recreated, restored from a backup,
 * or its status was taken away. It starts latched when an open incident names it.
 */
export function first(
  object: TradingExecutor,
  incidents: readonly TradingIncident[],
  now: EpochMs,
): RollbackStatus {
  const { name, uid } = object.metadata;
  const [open] = openIncidents(incidents, name);
  const fresh: RollbackStatus = { uid, pending: [], latched: false };
  return open === undefined ? fresh : latched(fresh, open, now);
}

/** The same clock with the latch in place. `evidence` follows the incident. */
export function latched(
  rollback: RollbackStatus,
  incident: TradingIncident,
  now: EpochMs,
): RollbackStatus {
  const { uid, pending } = rollback;
  const evidence = incident.status?.evidence;
  return {
    uid,
    pending,
    latched: true,
    incident: incident.metadata.name,
    since: instant(now),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/**
 * After the acknowledgement of the incident that held the latch. `others` are incidents of the same
 * executor that are still open: the newest of them holds the latch from now on.
 */
export function released(
  rollback: RollbackStatus,
  others: readonly TradingIncident[],
  now: EpochMs,
): RollbackStatus {
  const fresh = { uid: rollback.uid, pending: restarted(rollback.pending, now), latched: false };
  const [next] = others;
  return next === undefined ? fresh : latched(fresh, next, now);
}
