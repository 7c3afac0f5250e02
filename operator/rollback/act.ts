import { durationMs } from '../../crds/duration.ts';
import { ACKNOWLEDGE_ANNOTATION } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { isFinal } from './cluster.ts';
import { type Act, freeName, incident, isMarked, MARK, type NewIncident } from './incident.ts';
import { instant, instantMs } from './instant.ts';
import { latched, ownRollback } from './latch.ts';
import type { Performing } from './perform.ts';

/** The incident first: from then on the latch follows, whoever crashes. */
export async function act(
  doing: Performing,
  executor: TradingExecutor,
  incidents: readonly TradingIncident[],
  decided: Act,
): Promise<void> {
  const now = doing.clock.wall();
  const wanted = incident(executor, decided, now);
  const name = freeName(executor, incidents, [decided.idealAt, now]);
  const record = { ...wanted, metadata: { ...wanted.metadata, name } };
  const { alertname } = decided.alert;
  doing.log.warn({ incident: name, alert: alertname }, `rolling back: ${decided.reason}`);
  doing.remember(name, executor);
  await open(doing, executor, record);
}

/**
 * An incident is open and nothing holds the latch for it. One that the object already acknowledged
 * was not yet in force when that was written, and the admission policy did not ask for the verb:
 * a record of another name holds the latch then. The first one takes it over when that is
 * acknowledged.
 */
export async function hold(
  doing: Performing,
  executor: TradingExecutor,
  incidents: readonly TradingIncident[],
  held: TradingIncident,
): Promise<void> {
  const { name: early, namespace, labels = {} } = held.metadata;
  if (executor.metadata.annotations?.[ACKNOWLEDGE_ANNOTATION] !== early) {
    return latch(doing, executor, held);
  }
  const now = doing.clock.wall();
  const { apiVersion, spec } = held;
  const name = freeName(executor, incidents, [now]);
  doing.log.warn({ incident: name, early }, 'acknowledged before it was latched: that is void');
  const decision = `${early} was acknowledged before it held the latch; ${spec.decision}`;
  const metadata = { name, namespace, labels };
  const again = { ...spec, decision, decidedAt: instant(now) };
  await open(doing, executor, { apiVersion, kind: 'TradingIncident', metadata, spec: again });
}

async function open(
  doing: Performing,
  executor: TradingExecutor,
  record: NewIncident,
): Promise<void> {
  const { name, namespace } = record.metadata;
  if (await created(doing, record)) {
    const stored = await doing.cluster.incident({ namespace, name });
    if (stored === undefined || stored.status?.acknowledged !== undefined) return;
    doing.opened(stored);
    await latch(doing, executor, stored);
    return;
  }
  doing.unrecorded.set(`${namespace}/${name}`, record);
  // Without its record the latch still holds: a quota or a missing right must not stop a rollback.
  await latch(doing, executor, record as TradingIncident);
}

async function created({ cluster, log }: Performing, record: NewIncident): Promise<boolean> {
  try {
    await cluster.createIncident(record);
    return true;
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.error({ err: error }, 'the incident was refused; latching without its record');
    return false;
  }
}

async function latch(
  { cluster, clock, metrics, log }: Performing,
  executor: TradingExecutor,
  held: TradingIncident,
): Promise<void> {
  const now = clock.wall();
  const before = ownRollback(executor);
  if (before === undefined) return;
  const rollback = latched(before, held, now);
  if ((await cluster.writeRollback(executor, { rollback, unconfirm: now })) !== 'written') return;
  const acceptedAt = clock.wall();
  log.warn({ incident: held.metadata.name }, 'latched: paper and killed until acknowledged');
  if (isMarked(held, MARK.latched)) return; // held again after somebody took the status away
  const idealAt = instantMs(held.spec.alert.since) + durationMs(executor.spec.rollback.persistFor);
  metrics.rolledBack(Math.max(0, acceptedAt - idealAt));
}
