import type { EpochMs } from '../../crds/clock.ts';
import type { PendingAlert, RollbackStatus } from '../../crds/status.ts';
import type { TradingExecutorSpec } from '../../crds/trading-executor.ts';
import type { Alert } from './alert.ts';
import { instantMs } from './instant.ts';
import { matchesAll } from './matchers.ts';
import { withFiring, withResolved } from './pending.ts';
import type { Recovery } from './recovery.ts';

/** What became of one alert; the same word is the metric's label. */
export const OUTCOMES = [
  'recorded',
  'earlier',
  'again',
  'unchanged',
  'full',
  'cleared',
  'inconclusive',
  'silenced',
  'not-matched',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Noting {
  readonly policy: Pick<TradingExecutorSpec['rollback'], 'matchers' | 'honourSilences'>;
  readonly now: EpochMs;
  readonly acknowledgedAt?: EpochMs | undefined;
  readonly recovery?: Recovery | undefined;
}

export interface NotedAlerts {
  readonly rollback: RollbackStatus;
  readonly changed: boolean;
  readonly outcomes: readonly Outcome[];
  readonly implausibleStarts: number;
  readonly unusableMatchers: readonly string[];
}

/** status.rollback after these alerts of one executor. Touches the clocks only, never the latch. */
export function noted(before: RollbackStatus, alerts: readonly Alert[], by: Noting): NotedAlerts {
  let pending: readonly PendingAlert[] = before.pending;
  let implausibleStarts = 0;
  const unusable = new Set<string>();
  const outcomes = alerts.map((alert): Outcome => {
    const match = matchesAll(by.policy.matchers, alert.labels);
    for (const text of match.unusable) unusable.add(text);
    // What is on record ends whatever the matchers say by now; a poll knows no labels of it.
    const isKnown = pending.some((one) => one.fingerprint === alert.fingerprint);
    if (!match.matches && !(alert.status === 'resolved' && isKnown)) return 'not-matched';
    if (alert.muted && by.policy.honourSilences) {
      pending = withResolved(pending, alert.fingerprint, 'cleared', by.now);
      return 'silenced';
    }
    if (alert.status === 'firing') {
      const after = withFiring(pending, alert, by);
      pending = after.pending;
      if (after.implausibleStart) implausibleStarts++;
      return after.outcome;
    }
    const resolution = resolutionOf(alert, { ...before, pending: [...pending] }, by);
    const after = withResolved(pending, alert.fingerprint, resolution, by.now);
    const outcome = after === pending ? 'unchanged' : resolution;
    pending = after;
    return outcome;
  });
  return {
    rollback: pending === before.pending ? before : { ...before, pending: [...pending] },
    changed: pending !== before.pending,
    outcomes,
    implausibleStarts,
    unusableMatchers: [...unusable],
  };
}

/** Whether a `resolved` needs the executors' word before it can be believed. */
export const needsProof = (rollback: RollbackStatus, alerts: readonly Alert[]): boolean =>
  !rollback.latched &&
  alerts.some(
    (one) =>
      one.status === 'resolved' &&
      rollback.pending.some((known) => known.fingerprint === one.fingerprint),
  );

/**
 * Cleared without proof in two cases: the latch holds anyway and no order can leave to prove
 * anything, or the clock was restarted by a person who has looked at this very firing since.
 */
function resolutionOf(alert: Alert, rollback: RollbackStatus, by: Noting) {
  const known = rollback.pending.find((one) => one.fingerprint === alert.fingerprint);
  const looked =
    known !== undefined &&
    by.acknowledgedAt !== undefined &&
    instantMs(known.since) <= by.acknowledgedAt;
  const proven = by.recovery?.recovered === true;
  return rollback.latched || looked || proven ? 'cleared' : 'inconclusive';
}
