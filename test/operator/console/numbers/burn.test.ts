import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { burns } from '../../../../alerts/rules/budget.ts';
import { objectives } from '../../../../alerts/rules/objectives.ts';
import { cardSlo, figures } from '../../../../alerts/rules/slo.ts';
import { budgetLeft, burnWindows } from '../../../../operator/console/numbers/burn.ts';

const BUDGET = 0.05;

describe('the burn of a budget', () => {
  it('has the windows and thresholds of the alerts, as their expressions have them', () => {
    const [placeAck] = objectives(figures(cardSlo)).filter(({ name }) => name === 'place_ack');
    if (placeAck === undefined) throw new Error('no such objective');
    const seconds = {
      '5m': 300,
      '30m': 1_800,
      '1h': 3_600,
      '2h': 7_200,
      '6h': 21_600,
      '1d': 86_400,
      '3d': 259_200,
    };
    const told = burns(placeAck, figures(cardSlo)).map(({ expr }) => {
      const windows = [...expr.matchAll(/ratio_rate(\w+) > ([\d.]+)/g)];
      const [long, short] = windows.map(([, window]) => seconds[window as keyof typeof seconds]);
      return { long, short, threshold: Number(windows[0]?.[2]) };
    });
    const ours = burnWindows(() => null, BUDGET).map(({ longMs, shortMs, threshold }) => ({
      long: longMs / 1_000,
      short: shortMs / 1_000,
      threshold,
    }));
    expect(ours).toEqual(told);
  });

  it('fires exactly when both windows are over the threshold', () => {
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(share, share, (long, short) => {
        const [first] = burnWindows((s) => (s === 3_600 ? long : s === 300 ? short : null), BUDGET);
        const isOver = (one: number | null) => one !== null && one > 14.4 * BUDGET;
        expect(first?.firing).toBe(isOver(long) && isOver(short));
        expect(first?.long).toBe(long === null ? null : long / BUDGET);
      }),
    );
  });

  it.each([
    [0, 1],
    [0.05, 0],
    [0.1, -1],
    [null, null],
  ])('leaves of a budget of 5 %% after a share of %s: %s', (share, left) => {
    expect(budgetLeft(share, BUDGET)).toBe(left);
  });
});
