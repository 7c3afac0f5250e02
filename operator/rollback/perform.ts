import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { acknowledge } from './acknowledge.ts';
import { act, hold } from './act.ts';
import { type KubeEvent, rolledBack } from './announce.ts';
import { isFinal, type RollbackCluster } from './cluster.ts';
import { MARK, type Mark, marked, type NewIncident } from './incident.ts';
import { instantMs } from './instant.ts';
import { first, ownRollback } from './latch.ts';
import type { RollbackMetrics } from './metrics.ts';
import { withResolved } from './pending.ts';
import type { Seen, Step } from './step.ts';

export interface Performing {
  readonly cluster: RollbackCluster;
  readonly clock: Clock;
  readonly metrics: RollbackMetrics;
  readonly log: Logger;
  /** Says it to people; a refusal is logged and holds nothing up. */
  readonly announce: (event: KubeEvent) => Promise<void>;
  /** The executor as it was when a rollback was decided, for the evidence. */
  readonly remember: (incident: string, before: TradingExecutor) => void;
  /** The incident is on record; the latch comes next. */
  readonly opened: (incident: TradingIncident) => void;
  /** Records that were refused, by `namespace/name`; without them a record is made from the object. */
  readonly unrecorded: Map<string, NewIncident>;
}

/**
 * Does one step. Every write is held to what was read; a conflict leaves things as they are, and the
 * next look decides again. Nothing here relies on an earlier step of the same process.
 */
export async function perform(
  doing: Performing,
  next: Exclude<Step, { kind: 'record' }>,
  seen: Seen,
): Promise<void> {
  const { executor, incidents } = seen;
  switch (next.kind) {
    case 'begin':
      return begin(doing, executor, incidents);
    case 'act':
      return act(doing, executor, incidents, next);
    case 'latch':
      return hold(doing, executor, incidents, next.incident);
    case 'acknowledge':
      return acknowledge(doing, executor, next.rollback, incidents);
    case 'clear':
      return clear(doing, executor, next.fingerprints);
    case 'note-latch':
      return noteLatch(doing, executor, next.incident);
    case 'patch':
      return patch(doing, executor, next.incident);
    case 'note-patch':
      return note(doing, next.incident, MARK.patched, PATCHED);
    case 'announce':
      return announce(doing, executor, next.incident);
    case 'nothing':
    case 'wait':
      return;
    default:
      next satisfies never;
  }
}

const PATCHED = 'mode paper, killSwitch true; once, whatever is declared afterwards';

async function begin(
  { cluster, clock, log }: Performing,
  executor: TradingExecutor,
  incidents: readonly TradingIncident[],
): Promise<void> {
  const now = clock.wall();
  const rollback = first(executor, incidents, now);
  const unconfirm = rollback.latched ? { unconfirm: now } : {};
  const written = await cluster.writeRollback(executor, { rollback, ...unconfirm });
  if (written === 'written' && rollback.latched) {
    log.warn(
      { incident: rollback.incident },
      'starts latched: an open incident names this executor',
    );
  }
}

async function clear(
  { cluster, clock }: Performing,
  executor: TradingExecutor,
  fingerprints: readonly string[],
): Promise<void> {
  const rollback = ownRollback(executor);
  if (rollback === undefined) return;
  const now = clock.wall();
  const pending = fingerprints.reduce(
    (left, one) => [...withResolved(left, one, 'cleared', now)],
    rollback.pending,
  );
  await cluster.writeRollback(executor, { rollback: { ...rollback, pending } });
}

/** Two lines at once, each at its own time: what was decided, and when the latch was there. */
async function noteLatch(
  { cluster, clock }: Performing,
  executor: TradingExecutor,
  held: TradingIncident,
): Promise<void> {
  const since = ownRollback(executor)?.since;
  const latchedAt = since === undefined ? clock.wall() : instantMs(since);
  const decided = marked(
    held.status,
    MARK.decided,
    held.spec.decision,
    instantMs(held.spec.decidedAt),
  );
  const words = `status.rollback of ${executor.metadata.name}: paper and killed until acknowledged`;
  await cluster.writeIncidentStatus(held, marked(decided, MARK.latched, words, latchedAt));
}

async function patch(
  doing: Performing,
  executor: TradingExecutor,
  held: TradingIncident,
): Promise<void> {
  const { cluster, log } = doing;
  try {
    const written = await cluster.patchSpec(executor, held.metadata.name);
    if (written === 'written') await note(doing, held, MARK.patched, PATCHED);
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.error({ err: error }, 'the spec could not be patched; the latch holds without it');
    await note(doing, held, MARK.patched, `no, the API server refused: ${error.message}`);
  }
}

async function announce(
  doing: Performing,
  executor: TradingExecutor,
  held: TradingIncident,
): Promise<void> {
  await doing.announce(rolledBack(executor, held, doing.clock.wall()));
  await note(doing, held, MARK.announced, 'Event RolledBack');
}

async function note(
  { cluster, clock }: Performing,
  held: TradingIncident,
  mark: Mark,
  words: string,
): Promise<void> {
  await cluster.writeIncidentStatus(held, marked(held.status, mark, words, clock.wall()));
}
