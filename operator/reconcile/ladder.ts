import type { EpochMs } from '../../crds/clock.ts';
import { stricterMode } from '../../crds/effective.ts';
import type { Mode, TradingExecutorStatus } from '../../crds/trading-executor.ts';
import { instant } from './instant.ts';

export type Ladder = NonNullable<TradingExecutorStatus['ladder']>;

export interface LadderInput {
  readonly before: Ladder | undefined;
  readonly latched: boolean;
  /** A rollback-class alert is pending: nothing climbs under it. */
  readonly alerted: boolean;
  /** What every pod confirms with an open gate, and for how long without a gap; undefined: not. */
  readonly confirmed: { readonly rung: Mode; readonly forMs: number } | undefined;
  readonly holdForMs: number;
  readonly now: EpochMs;
}

const BOTTOM: Ladder = { reached: 'paper' };

/**
 * The next state of the ladder (promise 8). Falls to paper while latched; rises one rung when the
 * pods confirmed it and held it for `holdFor`. The hold is measured twice, by the wall clock since
 * `since` and by the monotonic time of this operator's own questions, and the shorter counts: a
 * clock that jumps cannot shorten it, and an operator that restarts starts its own count anew.
 */
export function ladder(input: LadderInput): Ladder {
  const { before = BOTTOM, confirmed, now } = input;
  if (input.latched) return BOTTOM;
  const { reached } = before;
  if (confirmed === undefined || stricterMode(confirmed.rung, reached) === confirmed.rung) {
    return { reached };
  }
  if (input.alerted) return { reached };
  const { rung, forMs } = confirmed;
  const since = before.holding === rung && before.since !== undefined ? before.since : instant(now);
  const heldMs = Math.min(now - Date.parse(since), forMs);
  if (heldMs >= input.holdForMs) return { reached: rung };
  return { reached, holding: rung, since };
}
