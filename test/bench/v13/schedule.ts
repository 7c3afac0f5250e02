/** What befalls both arms at the same moments. Milliseconds from the beginning. */
export type Episode =
  | { readonly at: number; readonly forMs: number; readonly what: 'skew'; readonly skewMs: number }
  | { readonly at: number; readonly forMs: number; readonly what: 'rate-limit' }
  | {
      readonly at: number;
      readonly forMs: number;
      readonly what: 'slow-connects';
      readonly ms: number;
    }
  | { readonly at: number; readonly forMs: number; readonly what: 'unavailable' };

/** Longer than the five minutes that the rules look back, so that an alert can end in between. */
const CYCLE_MS = 450_000;
/** Orders a second between bursts, and orders in a burst, as the release card's GameDay has them. */
export const STEADY_PER_SECOND = 2;
export const BURST = 20;

/**
 * One cycle: the venue's clock 6 s ahead, 429s, 503s, connections that take 6 s; then a burst. The
 * 503s are not the last: the breaker they open holds for 30 s and would refuse the whole burst.
 */
const cycle: readonly Episode[] = [
  { at: 150_000, forMs: 20_000, what: 'skew', skewMs: 6_000 },
  { at: 240_000, forMs: 10_000, what: 'rate-limit' },
  { at: 320_000, forMs: 8_000, what: 'unavailable' },
  { at: 390_000, forMs: 15_000, what: 'slow-connects', ms: 6_000 },
];
/** Late, so that the five minutes before it are full of orders, as on a desk that trades all day. */
const BURST_AT_MS = 420_000;

/** A run shorter than a cycle gets one cycle, squeezed; a longer one whole cycles. Pure. */
export function episodes(minutes: number): readonly Episode[] {
  return cycles(minutes).flatMap(({ from, scale }) =>
    cycle.map((one) => ({ ...one, at: from + one.at * scale, forMs: one.forMs * scale })),
  );
}

/** When bursts begin. */
export function bursts(minutes: number): readonly number[] {
  return cycles(minutes).map(({ from, scale }) => from + BURST_AT_MS * scale);
}

/** When each order of either arm is meant to leave, ms from the beginning. Pure. */
export function arrivals(
  minutes: number,
): readonly { readonly at: number; readonly isBurst: boolean }[] {
  const steady = Array.from(
    { length: Math.floor(minutes * 60 * STEADY_PER_SECOND) },
    (_, number) => ({
      at: (number * 1_000) / STEADY_PER_SECOND,
      isBurst: false,
    }),
  );
  const inBursts = bursts(minutes).flatMap((at) =>
    Array.from({ length: BURST }, () => ({ at, isBurst: true })),
  );
  return [...steady, ...inBursts].sort((a, b) => a.at - b.at);
}

function cycles(minutes: number): readonly { readonly from: number; readonly scale: number }[] {
  const ms = minutes * 60_000;
  if (ms < CYCLE_MS) return [{ from: 0, scale: ms / CYCLE_MS }];
  return Array.from({ length: Math.floor(ms / CYCLE_MS) }, (_, at) => ({
    from: at * CYCLE_MS,
    scale: 1,
  }));
}
