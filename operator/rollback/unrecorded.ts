import type { EpochMs } from '../../crds/clock.ts';
import type { RollbackStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { rolledBack } from './announce.ts';
import { isFinal, type Written } from './cluster.ts';
import { incident, type NewIncident } from './incident.ts';
import { instant, instantMs } from './instant.ts';
import { isPatchedFor } from './patch.ts';
import type { Performing } from './perform.ts';

/** `refused`: the record is to be tried again after a while. */
export type RecordedAgain = 'recorded' | 'changed' | 'refused';

/**
 * The latch is held by an incident that has no record: it was refused (a quota, a missing right) or
 * somebody deleted it. It is made again, since it is what outlives the object; while that is refused
 * the spec is patched and people are told without it.
 */
export async function recordAgain(
  doing: Performing,
  executor: TradingExecutor,
  rollback: RollbackStatus & { readonly incident: string },
): Promise<RecordedAgain> {
  const { cluster, clock, log } = doing;
  const id = `${executor.metadata.namespace}/${rollback.incident}`;
  const record = doing.unrecorded.get(id) ?? rebuilt(executor, rollback, clock.wall());
  try {
    await cluster.createIncident(record);
    doing.unrecorded.delete(id);
    log.warn({ incident: rollback.incident }, 'the record of the latch was missing and is made');
    return 'recorded';
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.error({ err: error }, 'the incident is still refused; the latch holds without its record');
  }
  const patched = await patchOnce(doing, executor, rollback.incident);
  if (patched === 'conflict' || patched === 'gone') return 'changed';
  await doing.announce(rolledBack(executor, record, clock.wall()));
  return 'refused';
}

/** Once, by the annotation that travels with the values. */
async function patchOnce(
  { cluster, log }: Performing,
  executor: TradingExecutor,
  name: string,
): Promise<Written | 'refused'> {
  if (isPatchedFor(executor, name)) return 'written';
  try {
    return await cluster.patchSpec(executor, name);
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.error({ err: error }, 'the spec could not be patched; the latch holds without it');
    return 'refused';
  }
}

/** From the object alone, after a restart. What was declared before may be lost by then. */
function rebuilt(
  executor: TradingExecutor,
  rollback: RollbackStatus & { readonly incident: string },
  now: EpochMs,
): NewIncident {
  const since = rollback.since ?? instant(now);
  const [known] = rollback.pending;
  const alert = known ?? { fingerprint: 'unknown', alertname: 'unknown', since, lastSeen: since };
  const reason = `latched since ${since}; the record was missing and is made from the object, spec.before is what it said then`;
  const made = incident(executor, { alert, idealAt: instantMs(since), reason }, instantMs(since));
  return { ...made, metadata: { ...made.metadata, name: rollback.incident } };
}
