import type { EpochMs } from '../../crds/clock.ts';
import { STAMP_WINDOW_MS } from '../../crds/sender.ts';

/** One look at the venue's clock. */
export interface DriftSample {
  /** Venue time minus ours at the middle of the round trip, ms. */
  readonly offsetMs: number;
  readonly roundTripMs: number;
  /** Monotonic, when the answer came. */
  readonly at: number;
  /** Our wall clock minus the monotonic one when it was asked: moves only when the wall clock is set. */
  readonly wallOrigin: number;
  /** What the venue said, UTC ms. */
  readonly serverTime: number;
}

/** Both clocks at one moment. */
export interface Now {
  readonly wall: EpochMs;
  readonly elapsed: number;
}

export type DriftReading =
  | { readonly kind: 'measured'; readonly offsetMs: number; readonly roundTripMs: number }
  | { readonly kind: 'unmeasured'; readonly why: string };

/** An answer this quick is exact enough to be taken as it is. */
const QUICK_MS = 250;
/** A slower round trip could hide half of itself as drift. */
const ROUND_TRIP_MAX_MS = 4_000;
const SAMPLE_AGE_MAX_MS = 60_000;
export const SAMPLES_KEPT = 5;

export function driftSample(times: {
  readonly serverTime: number;
  readonly sentWall: EpochMs;
  readonly sentAt: number;
  readonly at: number;
}): DriftSample {
  const roundTripMs = times.at - times.sentAt;
  const offsetMs = times.serverTime - (times.sentWall + roundTripMs / 2);
  const { sentWall, sentAt, serverTime, at } = times;
  return { offsetMs, roundTripMs, at, wallOrigin: sentWall - sentAt, serverTime };
}

/**
 * The drift to the venue from its newest samples, oldest first: the newest quick one, so that a
 * step is seen at once; when all are slow, the quickest of them. A wall clock that was set since is
 * seen without a new sample: it has moved against the monotonic one.
 */
export function driftReading(samples: readonly DriftSample[], now: Now): DriftReading {
  const fresh = samples.filter((sample) => now.elapsed - sample.at <= SAMPLE_AGE_MAX_MS);
  if (fresh.length === 0) {
    const why = samples.length === 0 ? 'no answer yet' : 'no answer for a minute';
    return { kind: 'unmeasured', why: `${why} from the venue's server/time` };
  }
  if (standsStill(fresh)) {
    return {
      kind: 'unmeasured',
      why: "the venue's server/time stands still, as a cached one does",
    };
  }
  const quick = fresh.findLast((sample) => sample.roundTripMs <= QUICK_MS);
  const best = quick ?? fresh.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a));
  if (best.roundTripMs > ROUND_TRIP_MAX_MS) {
    return {
      kind: 'unmeasured',
      why: `the venue takes ${Math.round(best.roundTripMs)} ms to answer`,
    };
  }
  const stepMs = now.wall - now.elapsed - best.wallOrigin;
  return { kind: 'measured', offsetMs: best.offsetMs - stepMs, roundTripMs: best.roundTripMs };
}

/** Why the venue surely refuses a stamp made now; half the round trip may hide in the offset. */
export function stampFault(reading: DriftReading): string | undefined {
  if (reading.kind === 'unmeasured') return undefined;
  const { offsetMs, roundTripMs } = reading;
  if (Math.abs(offsetMs) - roundTripMs / 2 <= STAMP_WINDOW_MS) return undefined;
  return `the clock is ${Math.round(offsetMs)} ms off the venue's, which takes no stamp more than ${STAMP_WINDOW_MS} ms away`;
}

/** The newest answer says the same as the one before, though time has passed: it tells no time. */
function standsStill(samples: readonly DriftSample[]): boolean {
  const [before, newest] = samples.slice(-2);
  return newest !== undefined && before?.serverTime === newest.serverTime;
}
