import type { Clock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import type { Alert } from './alert.ts';
import type { RollbackCluster } from './cluster.ts';
import { believed, type Confirm } from './confirm.ts';
import { acknowledgedAt } from './incident.ts';
import { first, ownRollback } from './latch.ts';
import { type NotedAlerts, needsProof, noted } from './note.ts';
import type { Recovery } from './recovery.ts';

export interface RecordDeps {
  readonly cluster: RollbackCluster;
  readonly clock: Clock;
  readonly random: () => number;
  /** Asks the executor's pods whether its orders are good again. */
  readonly recovery: (key: ExecutorKey) => Promise<Recovery>;
  /** Asks Prometheus about a start that would act at once. Absent: it is believed. */
  readonly confirm?: Confirm | undefined;
}

export type Recorded =
  | { readonly kind: 'noted'; readonly noted: NotedAlerts }
  | { readonly kind: 'unknown-executor' };

/** Too many others wrote at the same time. Nothing was recorded; the sender is to try again. */
export class Contended extends Error {
  override readonly name = 'Contended';
}

/** A replica loses to each other writer once; more rounds than this is a storm, and 503 is honest. */
const ATTEMPTS_MAX = 12;
/** Below Alertmanager's usual timeout of a notification, so that it hears the 503. */
const RECORD_MS_MAX = 8_000;
const PAUSE_MS = 25;

/**
 * Makes alerts of one executor durable: reads the object, merges, and writes under its
 * resourceVersion; a conflict is read again and merged again. Returns once the API server has
 * accepted it, or at once when there is nothing new to write. Any replica may call it.
 */
export async function record(
  deps: RecordDeps,
  key: ExecutorKey,
  told: readonly Alert[],
): Promise<Recorded> {
  const { cluster, clock, random, confirm } = deps;
  const began = clock.elapsed();
  let proof: Recovery | undefined;
  let alerts: readonly Alert[] | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const object = await cluster.executor(key);
    if (object === undefined) return { kind: 'unknown-executor' };
    alerts ??= confirm ? await believed(told, { object, confirm, now: clock.wall() }) : told;
    const own = ownRollback(object);
    if (own !== undefined && needsProof(own, alerts)) proof ??= await deps.recovery(key);
    const glance = own && noted(own, alerts, { ...noting(object, clock), recovery: proof });
    if (glance?.changed === false) return { kind: 'noted', noted: glance };
    const incidents = await cluster.incidents(key.namespace);
    const after = merged(object, alerts, incidents, { clock, proof });
    if (own !== undefined && !after.changed) return { kind: 'noted', noted: after };
    const { rollback } = after;
    const latches = own === undefined && rollback.latched;
    const unconfirm = latches ? { unconfirm: clock.wall() } : {};
    const written = await cluster.writeRollback(object, { rollback, ...unconfirm });
    if (written === 'written') return { kind: 'noted', noted: after };
    if (clock.elapsed() - began > RECORD_MS_MAX) break;
    await clock.after(PAUSE_MS * attempt * random());
  }
  throw new Contended(
    `the status of TradingExecutor ${key.namespace}/${key.name} kept changing; try again`,
  );
}

function merged(
  object: TradingExecutor,
  alerts: readonly Alert[],
  incidents: readonly TradingIncident[],
  { clock, proof }: { clock: Clock; proof: Recovery | undefined },
): NotedAlerts {
  const before = ownRollback(object) ?? first(object, incidents, clock.wall());
  return noted(before, alerts, {
    ...noting(object, clock),
    acknowledgedAt: acknowledgedAt(incidents, object.metadata.name),
    recovery: proof,
  });
}

const noting = (object: TradingExecutor, clock: Clock) => ({
  policy: object.spec.rollback,
  now: clock.wall(),
});
