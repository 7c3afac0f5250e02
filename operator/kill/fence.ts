import { durationMs } from '../../crds/duration.ts';
import { CREDENTIAL_LEASE_MS, STAMP_WINDOW_MS } from '../../crds/sender.ts';
import { LOSS_GRACE_MAX } from '../../crds/spec/control.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Kill, PodFacts } from './facts.ts';

/**
 * When a silent process cannot get a new order to the venue any more, whatever became of its node; on
 * the monotonic scale of the facts. What an executor keeps to by itself adds up to it:
 * - a consistent GET that left after the kill shows the kill, so its last other proof of sight is
 *   older than the kill, and `lossGrace` after that it is blind and shut;
 * - a frozen node's clock may have stood still for that; the lease of its key, which is judged by the
 *   longer of monotonic and wall time, has not;
 * - what it signed in its last moment may bear a stamp a window ahead of the venue's time, and the
 *   venue takes that for another window.
 * Counted from the kill as it now stands and from the last answer, whichever came later.
 */
export function fencedFrom(object: TradingExecutor, kill: Kill, said: PodFacts): number {
  const lastSign = Math.max(kill.unchangedSince, said.reportedAt ?? said.firstSeenAt);
  return lastSign + lossGraceMs(object, said) + CREDENTIAL_LEASE_MS + 2 * STAMP_WINDOW_MS;
}

/** Of the spec it confirmed and of the one right after it, the longer; of others there may have been any. */
function lossGraceMs({ metadata, spec }: TradingExecutor, { goesBy }: PodFacts): number {
  if (goesBy === undefined || (metadata.generation ?? 0) > goesBy.generation + 1) {
    return durationMs(LOSS_GRACE_MAX);
  }
  return Math.max(goesBy.lossGraceMs, durationMs(spec.control.lossGrace));
}
