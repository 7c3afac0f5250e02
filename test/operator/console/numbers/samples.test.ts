import { describe, expect, it } from 'vitest';
import { grid } from '../../../../operator/console/numbers/grid.ts';
import { Samples, sampledHistory } from '../../../../operator/console/numbers/samples.ts';

const START = Date.parse('2026-11-23T03:00:00Z');
const slo = { latencyMs: 1_000, latencyShare: 0.05, errorRate: 0.005 };

/** A look every 15 s; orders placed just before a look, `[second, fast, slow]`. */
function looked(untilS: number, placed: readonly (readonly [number, number, number])[]): Samples {
  const samples = new Samples();
  for (let second = 0; second <= untilS; second += 15) {
    const until = placed.filter(([at]) => at <= second);
    const fast = until.reduce((sum, [, one]) => sum + one, 0);
    const orders = until.reduce((sum, [, one, slow]) => sum + one + slow, 0);
    samples.add('desk/btc', 'pod', {
      at: START + second * 1_000,
      bounds: [1, 2.5, Number.POSITIVE_INFINITY],
      buckets: [fast, orders, orders],
      ...{ orders, errors: 0, refused: {} },
    });
    samples.trim(START + second * 1_000);
  }
  return samples;
}

function burnAt(seconds: number, samples: Samples) {
  const now = START + seconds * 1_000;
  const { burn } = sampledHistory(samples.of('desk/btc'), grid(now, 600_000), { now, slo });
  return burn.map(({ long, short, firing }) => [long, short, firing]);
}

const NONE = [null, null, false];

describe('the burn rates of samples', () => {
  it('are of the windows that were looked at, and of no longer ones', () => {
    const samples = looked(3_150, [
      [15, 20, 80],
      [165, 20, 80],
      [3_015, 10, 90],
    ]);
    expect(burnAt(3_150, samples)).toEqual([
      [expect.closeTo(250 / 300 / 0.05, 6), expect.closeTo(18, 6), true],
      [null, expect.closeTo(18, 6), false], // 6 h and 30 m
      NONE,
      NONE,
    ]);
  });

  it.each([
    ['four fifths of it were seen', 240, 50, 20],
    ['less was seen', 225, 50, null],
    ['fewer than 50 orders were', 240, 49, null],
  ])('of five minutes are known when %s', (_, seconds, orders, short) => {
    const samples = looked(seconds, [[15, 0, orders]]);
    expect(burnAt(seconds, samples)[0]).toEqual([null, short, false]);
  });

  it('are not known where no bucket ends at the limit', () => {
    const samples = looked(240, [[15, 0, 50]]);
    const now = START + 240_000;
    const other = { ...slo, latencyMs: 500 };
    const { burn } = sampledHistory(samples.of('desk/btc'), grid(now, 0), { now, slo: other });
    expect(burn[0]?.short).toBeNull();
  });
});

describe('what is kept of samples', () => {
  it('is an hour of five-minute windows, and nothing of who is gone', () => {
    const samples = looked(7_200, []);
    expect(samples.of('desk/btc').map((all) => all.length)).toEqual([260]);
    samples.trim(START + 7_200_000 + 3_900_000);
    expect(samples.of('desk/btc')).toEqual([]);
  });

  it('begins anew when the clock was set back', () => {
    const samples = looked(3_600, []);
    const sample = { bounds: [], buckets: [], orders: 0, errors: 0, refused: {} };
    samples.add('desk/btc', 'pod', { ...sample, at: START });
    expect(samples.of('desk/btc')).toEqual([[{ ...sample, at: START }]]);
  });
});
