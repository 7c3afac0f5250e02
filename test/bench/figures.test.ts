import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternating, differences, figures, percentile, spread } from './figures.ts';

const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);

describe('percentile', () => {
  it.each([
    [0, 1],
    [0.01, 1],
    [0.5, 50],
    [0.501, 51],
    [0.99, 99],
    [1, 100],
  ])('%s of 1…100 is %s', (p, expected) => {
    expect(percentile(hundred, p)).toBe(expected);
  });

  it('is a value of the sample that the asked share does not exceed', () => {
    const sample = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const found = percentile(values, p);
        expect(values).toContain(found);
        expect(values.filter((one) => one <= found).length).toBeGreaterThanOrEqual(
          Math.ceil(p * values.length),
        );
      }),
    );
  });

  it('of nothing is not a number, never 0', () => {
    expect(figures([])).toEqual({ count: 0, p50: NaN, p95: NaN, p99: NaN, max: NaN });
  });
});

describe('spread', () => {
  it('has the mean of the middle two as median of an even count, with the quartiles', () => {
    expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1, high: 3 });
    expect(spread([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  });
});

describe('pairs', () => {
  it('alternate so that no side goes first more than once oftener', () => {
    expect(alternating(3).map(([first]) => first)).toEqual(['ours', 'bare', 'ours']);
  });

  it('cancel a machine that gets slower at a steady pace', () => {
    let slowness = 0;
    const run = (own: number) => {
      slowness += 1;
      return [own + slowness];
    };
    const pairs = alternating(20).map((order) => {
      const measured = { ours: [0], bare: [0] };
      for (const side of order) measured[side] = run(side === 'ours' ? 5 : 2);
      return measured;
    });
    expect(spread(differences(pairs, 0.5)).median).toBe(3);
  });
});
