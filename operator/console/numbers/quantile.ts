import type { Quantiles } from '../wire/overview.ts';

/** Cumulative, as Prometheus exports them: how many were at most `le` seconds; the last is +Inf. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/**
 * As Prometheus' histogram_quantile: linear inside a bucket, the first one from 0, and above every
 * finite bound that bound itself: an order without an answer shows as the last one. null where it
 * says NaN: nothing was observed, or there is no +Inf. `q` is between 0 and 1, the answer in the unit of `le`.
 */
export function quantile(q: number, buckets: readonly Bucket[]): number | null {
  const sorted = rising(buckets);
  const last = sorted.length - 1;
  const total = sorted[last]?.count ?? 0;
  if (sorted[last]?.le !== Number.POSITIVE_INFINITY || last < 1 || !(total > 0)) return null;
  const rank = q * total;
  const at = sorted.findIndex(({ count }, i) => i === last || count >= rank);
  const below = sorted[at - 1] ?? { le: 0, count: 0 };
  const { le, count } = sorted[at] ?? below;
  if (at === last) return below.le;
  if (at === 0 && le <= 0) return le;
  return below.le + (le - below.le) * ((rank - below.count) / (count - below.count));
}

/** Bounds ascending and counts never falling: buckets read at different moments may disagree. */
function rising(buckets: readonly Bucket[]): readonly Bucket[] {
  let most = 0;
  return [...buckets]
    .sort((a, b) => (a.le === b.le ? 0 : a.le - b.le))
    .map(({ le, count }) => {
      most = Math.max(most, count);
      return { le, count: most };
    });
}

export const NO_QUANTILES: Quantiles = { p50: null, p95: null, p99: null };

/** The shares that the console shows, by their names on the wire. */
export const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const satisfies Record<
  keyof Quantiles,
  number
>;

/** Of buckets in seconds, in milliseconds. */
export function quantilesMs(buckets: readonly Bucket[]): Quantiles {
  const ms = (q: number): number | null => {
    const seconds = quantile(q, buckets);
    return seconds === null ? null : seconds * 1_000;
  };
  return { p50: ms(SHARES.p50), p95: ms(SHARES.p95), p99: ms(SHARES.p99) };
}

/**
 * The share over `bound` seconds, as the alerts take it: all that is not within that bucket. null
 * without observations or without such a bucket.
 */
export function shareOver(bound: number, buckets: readonly Bucket[]): number | null {
  const all = buckets.find(({ le }) => le === Number.POSITIVE_INFINITY)?.count ?? 0;
  const within = buckets.find(({ le }) => le === bound)?.count;
  return within === undefined || !(all > 0) ? null : (all - within) / all;
}
