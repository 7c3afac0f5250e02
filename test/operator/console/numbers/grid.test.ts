import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grid } from '../../../../operator/console/numbers/grid.ts';

const NOW = Date.parse('2026-11-23T03:00:07Z');
const DAY_MS = 86_400_000;

describe('the moments of a history', () => {
  it('are at most 600, even, of whole samples, and end within a step of now', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 400 * DAY_MS }), (rangeMs) => {
        const { at, stepMs } = grid(NOW, rangeMs);
        expect(at.length).toBeGreaterThan(1);
        expect(at.length).toBeLessThanOrEqual(600);
        expect(stepMs % 15_000).toBe(0);
        expect(at.every((moment, i) => moment === (at[0] ?? 0) + i * stepMs)).toBe(true);
        expect(NOW - (at.at(-1) ?? 0)).toBeLessThan(stepMs);
      }),
    );
  });

  it.each([
    [3_600_000, 15, 241],
    [6 * 3_600_000, 45, 481],
    [DAY_MS, 150, 577],
    [30 * DAY_MS, 4_335, 598],
    [365 * DAY_MS, 4_335, 598],
  ])('of %s ms are every %s s', (rangeMs, stepS, points) => {
    const { at, stepMs } = grid(NOW, rangeMs);
    expect([stepMs / 1_000, at.length]).toEqual([stepS, points]);
  });
});
