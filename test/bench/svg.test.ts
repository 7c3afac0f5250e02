import { describe, expect, it } from 'vitest';
import { axis, svg } from './svg.ts';

describe('axis', () => {
  it.each([
    [
      [0, 97],
      [0, 20, 40, 60, 80, 100],
    ],
    [
      [0, 1],
      [0, 0.2, 0.4, 0.6, 0.8, 1],
    ],
    [
      [12, 13],
      [12, 12.2, 12.4, 12.6, 12.8, 13],
    ],
    [[5], [5, 6]],
    [[], [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])('around %j has the ticks %j', (values, ticks) => {
    expect(axis(values).ticks).toEqual(ticks);
  });
});

describe('svg', () => {
  const panel = { title: 'a < b & c', x: 'minutes', y: 'ms' };

  it('draws each finite point inside its panel and leaves out what is no number', () => {
    const points = [0, 1, 2].map((x) => ({ x, y: x === 1 ? Number.NaN : 10 * x }));
    const drawn = svg([{ ...panel, series: [{ name: 'one', points, as: 'dots' }] }]);
    const dots = [...drawn.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [x, y]);
    expect(dots).toEqual([
      ['78', '216'],
      ['840', '40'],
    ]);
  });

  it('escapes what it is told, so that the file stays well-formed', () => {
    expect(svg([{ ...panel, series: [] }])).toContain('a &lt; b &amp; c');
  });
});
