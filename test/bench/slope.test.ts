import { describe, expect, it } from 'vitest';
import { slope, tQuantile975 } from './slope.ts';

describe('slope', () => {
  it('of points on a line is that line, without doubt', () => {
    const points = [0, 1, 2, 3].map((x) => ({ x, y: 7 - 2 * x }));
    expect(slope(points)).toMatchObject({ slope: -2, low: -2, high: -2, intercept: 7 });
  });

  it('matches a worked example: b 0.7, standard error 0.25166, 3 degrees of freedom', () => {
    const ys = [2, 1, 3, 4, 4];
    const found = slope(ys.map((y, at) => ({ x: at + 1, y })));
    expect(found?.slope).toBeCloseTo(0.7, 10);
    expect(found?.low).toBeCloseTo(0.7 - 3.1824 * 0.25166, 2);
    expect(found?.high).toBeCloseTo(0.7 + 3.1824 * 0.25166, 2);
  });

  it('holds 0 inside its interval when the points only scatter', () => {
    const points = [1, -1, -1, 1, 1, -1, -1, 1].map((y, x) => ({ x, y }));
    const found = slope(points);
    expect(found?.low).toBeLessThan(0);
    expect(found?.high).toBeGreaterThan(0);
  });

  it('is not told from fewer than three different x', () => {
    expect(slope([])).toBeUndefined();
    expect(slope([1, 1, 2].map((x) => ({ x, y: x })))).toBeUndefined();
  });
});

describe('the 97.5 % quantile of t', () => {
  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [700, 1.963],
  ])('with %i degrees of freedom is %s', (freedom, tabled) => {
    expect(Math.abs(tQuantile975(freedom) / tabled - 1)).toBeLessThan(0.002);
  });
});
