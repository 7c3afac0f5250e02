import { ACKNOWLEDGE_ANNOTATION, ACKNOWLEDGED_BY_ANNOTATION } from '../../crds/names.ts';
import type { RollbackStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { announcement } from './announce.ts';
import { MARK, marked } from './incident.ts';
import { epochMs, instant } from './instant.ts';
import { openIncidents, released } from './latch.ts';
import type { Performing } from './perform.ts';

interface ManagedField {
  readonly manager?: string;
  readonly fieldsV1?: { 'f:metadata'?: { 'f:annotations'?: Record<string, unknown> } };
}

/**
 * Who acknowledged: the annotation that the admission policy holds to the requesting user, else
 * the field manager that set the acknowledgement. `executor` must come from a GET: a watched object
 * carries no managed fields.
 */
export function acknowledgedBy(executor: TradingExecutor): string {
  const told = executor.metadata.annotations?.[ACKNOWLEDGED_BY_ANNOTATION];
  if (told) return told;
  const { managedFields = [] } = executor.metadata as { managedFields?: readonly ManagedField[] };
  const setter = managedFields.find(
    (one) => one.fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${ACKNOWLEDGE_ANNOTATION}`],
  );
  return setter?.manager ?? 'unknown';
}

/**
 * A person has named the incident that holds the latch. First the incident says so, for good; then
 * the latch goes, the clocks of alerts that still fire start anew and the ladder is at paper, in one
 * write. A crash in between comes back here, by the annotation or by the incident. The spec stays.
 */
export async function acknowledge(
  doing: Performing,
  executor: TradingExecutor,
  rollback: RollbackStatus,
  incidents: readonly TradingIncident[],
): Promise<void> {
  const { cluster, clock, metrics, log } = doing;
  const name = rollback.incident ?? '';
  const held = incidents.find((one) => one.metadata.name === name);
  const by = held?.status?.acknowledged?.by ?? acknowledgedBy(executor);
  const now = clock.wall();
  // One instant for the record and for the clocks that start anew: they are compared later on.
  const at = epochMs(held?.status?.acknowledged?.at) ?? now;
  if (held !== undefined && held.status?.acknowledged === undefined) {
    const status = marked(held.status, MARK.acknowledged, `by ${by}; the latch is released`, now);
    const acknowledged = { by, at: instant(at) };
    const written = await cluster.writeIncidentStatus(held, { ...status, acknowledged });
    if (written === 'conflict') return; // read again, decided again
  }
  const others = openIncidents(incidents, executor.metadata.name).filter((one) => one !== held);
  const next = released(rollback, others, at);
  const unconfirm = next.latched ? { unconfirm: now } : {};
  const message = next.latched
    ? `incident ${name} was acknowledged by ${by}; incident ${next.incident} is open too and holds the latch`
    : `incident ${name} was acknowledged by ${by}: the latch goes, the spec stays, the climb starts at paper`;
  const once = `${name}/acknowledged`;
  await doing.announce(
    announcement(executor, { type: 'Normal', reason: 'RollbackAcknowledged', message, once }, now),
  );
  const change = { rollback: next, ladderToPaper: true, ...unconfirm };
  if ((await cluster.writeRollback(executor, change)) !== 'written') return;
  metrics.acknowledged();
  log.info({ incident: name, by, stillLatchedBy: next.incident }, 'rollback acknowledged');
}

/** The annotation names another incident: said once, and nothing is released. */
export async function refuseAcknowledgement(
  doing: Performing,
  executor: TradingExecutor,
  rollback: Pick<RollbackStatus, 'incident'>,
  named: string,
): Promise<void> {
  const message = `${ACKNOWLEDGE_ANNOTATION} names "${named.slice(0, 253)}", but the latch is held by "${rollback.incident}"; nothing was released. To acknowledge: kubectl annotate --overwrite tex ${executor.metadata.name} -n ${executor.metadata.namespace} ${ACKNOWLEDGE_ANNOTATION}=${rollback.incident}`;
  const once = `${rollback.incident}/${named}`;
  const reason = 'AcknowledgementRefused';
  await doing.announce(
    announcement(executor, { type: 'Warning', reason, message, once }, doing.clock.wall()),
  );
}
