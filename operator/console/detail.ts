import type { EpochMs } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { mustLastMs } from '../rollback/decision.ts';
import { acknowledgedAt } from '../rollback/incident.ts';
import { instant, instantMs } from '../rollback/instant.ts';
import { ownRollback } from '../rollback/latch.ts';
import type { ExecutorNumbers } from './numbers.ts';
import type { ExecutorDetail, KillRecord, May, ToldEvent } from './wire/executor.ts';
import type { ExecutorRow } from './wire/overview.ts';

/** The part of a core/v1 Event that is shown. */
export interface SeenEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly metadata: { readonly creationTimestamp?: string };
}

export interface DetailInput {
  readonly at: string;
  readonly object: TradingExecutor;
  readonly row: ExecutorRow;
  readonly numbers: ExecutorNumbers;
  readonly may: May;
  readonly kills: readonly KillRecord[];
  /** null: the reader may not watch them. */
  readonly events: readonly SeenEvent[] | null;
  /** Of this executor's name, as far as the reader may see them. */
  readonly incidents: readonly TradingIncident[];
}

const EVENTS_MAX = 50;

/** What the executor's page shows. Pure. */
export function detail(input: DetailInput): ExecutorDetail {
  const { at, object, row, numbers, may, kills } = input;
  const { spec, status } = object;
  const { ladder } = status ?? {};
  return {
    ...{ at, row, may, kills },
    conditions: (status?.conditions ?? []).map((one) => ({
      type: one.type,
      status: one.status,
      reason: one.reason,
      message: one.message,
      lastTransitionTime: one.lastTransitionTime,
    })),
    ladder:
      (ladder && {
        reached: ladder.reached,
        holdForMs: durationMs(spec.ladder.holdFor),
      }) ||
      null,
    rollout: status?.rollout ?? null,
    pending: pending(object, input.incidents),
    controlAgeMs: numbers.controlAgeMs,
    refusals: numbers.refusals,
    events: input.events?.map(told).sort(newestFirst).slice(0, EVENTS_MAX) ?? null,
    incidents: [...input.incidents]
      .sort((a, b) => b.spec.decidedAt.localeCompare(a.spec.decidedAt))
      .map(({ metadata }) => metadata.name),
  };
}

function pending(
  object: TradingExecutor,
  incidents: readonly TradingIncident[],
): ExecutorDetail['pending'] {
  const persistForMs = durationMs(object.spec.rollback.persistFor);
  const looked = acknowledgedAt(incidents, object.metadata.name);
  return (ownRollback(object)?.pending ?? []).map((alert) => {
    const lastMs = mustLastMs(alert, persistForMs, looked);
    return {
      alertname: alert.alertname,
      since: alert.since,
      dueAt: instant((instantMs(alert.since) + lastMs) as EpochMs),
      inconclusive: alert.inconclusive ?? false,
    };
  });
}

const told = (event: SeenEvent): ToldEvent => ({
  at: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '',
  type: event.type ?? 'Normal',
  reason: event.reason ?? '',
  message: event.message ?? '',
  count: event.count ?? 1,
});

const newestFirst = (a: ToldEvent, b: ToldEvent): number => b.at.localeCompare(a.at);
