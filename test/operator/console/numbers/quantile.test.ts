import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACK_BUCKETS_S } from '../../../../crds/ack-buckets.ts';
import { type Bucket, quantile, shareOver } from '../../../../operator/console/numbers/quantile.ts';

const INF = Number.POSITIVE_INFINITY;
const BOUNDS = [...ACK_BUCKETS_S, INF];

/** Cumulative buckets of so many observations each. */
function bucketsOf(counts: readonly number[]): readonly Bucket[] {
  let sum = 0;
  return BOUNDS.map((le, i) => {
    sum += counts[i] ?? 0;
    return { le, count: sum };
  });
}

const someCounts = fc
  .array(fc.nat(1_000), { minLength: BOUNDS.length, maxLength: BOUNDS.length })
  .filter((counts) => counts.some((one) => one > 0));

/** The part of the observations that is at most `x`, spread evenly within each bucket. */
function partUpTo(x: number, counts: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  const parts = BOUNDS.map((le, i) => {
    const from = BOUNDS[i - 1] ?? 0;
    if (le === INF) return 0;
    return (counts[i] ?? 0) * Math.min(1, Math.max(0, (x - from) / (le - from)));
  });
  return parts.reduce((a, b) => a + b, 0) / total;
}

/** The smallest moment up to which that part is, found by halving; 10 s when it is in no finite bucket. */
function model(q: number, counts: readonly number[]): number {
  let [low, high] = [0, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (partUpTo(middle, counts) >= q - 1e-12) high = middle;
    else low = middle;
  }
  return high;
}

describe('a quantile of a histogram', () => {
  it('is where that part of evenly spread observations ends', () => {
    fc.assert(
      fc.property(someCounts, fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99), (counts, q) => {
        const found = quantile(q, bucketsOf(counts)) ?? Number.NaN;
        // a flat stretch has no one moment: then both ends have the same part below them
        const same = Math.abs(found - model(q, counts)) < 1e-6;
        expect(same || Math.abs(partUpTo(found, counts) - q) < 1e-9).toBe(true);
      }),
    );
  });

  it('does not fall when more is asked for, and does not change with the number of orders', () => {
    fc.assert(
      fc.property(someCounts, fc.integer({ min: 2, max: 50 }), (counts, times) => {
        const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(q, bucketsOf(counts)) ?? -1);
        expect(p50).toBeLessThanOrEqual(p95 ?? -1);
        expect(p95).toBeLessThanOrEqual(p99 ?? -1);
        const more = quantile(0.95, bucketsOf(counts.map((one) => one * times)));
        expect(more).toBeCloseTo(p95 ?? -1, 9);
      }),
    );
  });

  it.each([
    [1, 0.95, 0.05],
    [0.5, 0.95, 0.05],
    [1, 0.99, 0.01],
  ])('is at most %s s for %s exactly when the share over it is at most %s', (bound, q, share) => {
    fc.assert(
      fc.property(someCounts, (counts) => {
        const buckets = bucketsOf(counts);
        const isWithin = (quantile(q, buckets) ?? Number.NaN) <= bound;
        expect(isWithin).toBe(!((shareOver(bound, buckets) ?? Number.NaN) > share));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([19, 20, 21, 95, 190, 1_900, 19_000])(
    'meets that share to the order: %s of 20 parts',
    (fast) => {
      const slow = Math.ceil(fast / 19);
      const counts = BOUNDS.map((le) => (le === 1 ? fast : le === 2.5 ? slow : 0));
      const buckets = bucketsOf(counts);
      expect((quantile(0.95, buckets) ?? 0) <= 1).toBe((shareOver(1, buckets) ?? 0) <= 0.05);
    },
  );

  it('of orders nobody answered is the last finite bound', () => {
    expect(quantile(0.95, bucketsOf(BOUNDS.map((le) => (le === INF ? 5 : 0))))).toBe(10);
  });

  it.each([
    ['there are no buckets', []],
    ['nothing was observed', bucketsOf([])],
    ['there is only one', [{ le: INF, count: 5 }]],
    [
      'there is none without a bound',
      [
        { le: 1, count: 5 },
        { le: 2, count: 6 },
      ],
    ],
  ])('is not known when %s', (_, buckets) => {
    expect(quantile(0.95, buckets)).toBeNull();
    expect(shareOver(1, [])).toBeNull();
  });

  it('takes a bucket that was read later than a wider one as no less', () => {
    const torn = [
      { le: 1, count: 8 },
      { le: 2.5, count: 6 },
      { le: 5, count: 10 },
      { le: INF, count: 10 },
    ];
    expect(quantile(0.9, torn)).toBe(3.75);
  });
});
