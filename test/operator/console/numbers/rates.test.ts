import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted, increase, type Sample } from '../../../../operator/console/numbers/rates.ts';

const NOW = 1_764_000_000_000;
const INF = Number.POSITIVE_INFINITY;

/** A pod that had counted `fast` orders within a second and `slow` above. */
const aSample = (
  secondsAgo: number,
  fast: number,
  slow = 0,
  more: Partial<Sample> = {},
): Sample => ({
  at: NOW - secondsAgo * 1_000,
  bounds: [1, INF],
  buckets: [fast, fast + slow],
  orders: fast + slow,
  errors: slow,
  refused: {},
  ...more,
});

const countsOf = (pods: readonly (readonly Sample[])[], windowMs = 300_000) =>
  counted(pods, NOW, windowMs)?.buckets.map(({ count }) => count);

describe('how far a counter rose', () => {
  it('is what was counted between the first look and the last, restarts included', () => {
    /** Each step: so many more, and whether it restarted before them. */
    const steps = fc.array(fc.record({ more: fc.nat(50), restarted: fc.boolean() }));
    fc.assert(
      fc.property(fc.nat(1_000), steps, (first, all) => {
        const seen = [first];
        let rose = 0;
        for (const { more, restarted } of all) {
          const before = seen.at(-1) ?? 0;
          const isVisible = restarted && more < before; // a restart that has caught up cannot be seen
          seen.push(isVisible ? more : before + more);
          rose += more;
        }
        expect(increase(seen)).toBe(rose);
      }),
    );
  });

  it('is nothing with one look or none', () => {
    expect([increase([]), increase([7])]).toEqual([0, 0]);
  });
});

describe('what happened within a window', () => {
  it('begins after its beginning and ends with its end', () => {
    const pod = [aSample(301, 0), aSample(300, 100), aSample(299, 110), aSample(0, 115)];
    expect(countsOf([pod])).toEqual([5, 5]);
    expect(countsOf([[...pod, aSample(-1, 1_000)]])).toEqual([5, 5]);
  });

  it('is not known from one sample', () => {
    expect(counted([[aSample(400, 5), aSample(10, 7)]], NOW, 300_000)).toBeUndefined();
    expect(counted([], NOW, 300_000)).toBeUndefined();
  });

  it('is of all pods together, each with counters of its own', () => {
    const old = [aSample(200, 90, 5), aSample(100, 100, 6)];
    const next = [aSample(60, 1), aSample(0, 3)];
    expect(countsOf([old, next])).toEqual([12, 13]);
  });

  it('counts from zero after a restart', () => {
    const pod = [aSample(60, 90, 10), aSample(45, 95, 10), aSample(30, 2, 1), aSample(0, 4, 1)];
    const window = counted([pod], NOW, 300_000);
    expect(window).toMatchObject({ orders: 5 + 5, errors: 1, spanMs: 60_000, newestAt: NOW });
    expect(countsOf([pod])).toEqual([9, 10]);
  });

  it('has each reason of a refusal, a new one and one of before a restart too', () => {
    const refusing = (ago: number, refused: Readonly<Record<string, number>>) =>
      aSample(ago, 0, 0, { refused });
    const pod = [
      refusing(60, { KILL_SWITCH_ACTIVE: 3, RATE_ABOVE_LIMIT: 2 }),
      refusing(45, { KILL_SWITCH_ACTIVE: 7, RATE_ABOVE_LIMIT: 2 }),
      refusing(30, {}),
      refusing(0, { CLOCK_DRIFT: 1 }),
    ];
    const refused = counted([pod], NOW, 300_000)?.refused;
    expect(refused).toEqual({ KILL_SWITCH_ACTIVE: 4, CLOCK_DRIFT: 1 });
  });

  it('has the bounds of every pod', () => {
    const other = { bounds: [0.5, INF], buckets: [1, 4] };
    const pods = [
      [aSample(15, 0), aSample(0, 3)],
      [aSample(15, 0, 0, { ...other, buckets: [0, 0] }), aSample(0, 0, 0, other)],
    ];
    expect(counted(pods, NOW, 300_000)?.buckets).toEqual([
      { le: 1, count: 3 },
      { le: INF, count: 7 },
      { le: 0.5, count: 1 },
    ]);
  });
});
