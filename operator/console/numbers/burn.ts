import { PAIRS, WINDOWS } from '../../../alerts/rules/budget.ts';
import type { BurnWindow } from '../wire/history.ts';

/** The part of the budget that is left: 1 when nothing was bad, below 0 when overspent. */
export const budgetLeft = (badShare: number | null, budget: number): number | null =>
  badShare === null ? null : 1 - badShare / budget;

/**
 * The four pairs of windows of the burn-rate alerts, in their words. `shareOf` gives the share of bad
 * events in the last so many seconds, null when too little is known of them.
 */
export const burnWindows = (
  shareOf: (seconds: number) => number | null,
  budget: number,
): readonly BurnWindow[] =>
  PAIRS.map(({ long, short, factor }) => {
    const [longS, shortS] = [WINDOWS[long], WINDOWS[short]];
    const [longShare, shortShare] = [shareOf(longS), shareOf(shortS)];
    const isOver = (share: number | null) => share !== null && share > factor * budget;
    return {
      longMs: longS * 1_000,
      shortMs: shortS * 1_000,
      threshold: factor,
      long: longShare === null ? null : longShare / budget,
      short: shortShare === null ? null : shortShare / budget,
      firing: isOver(longShare) && isOver(shortShare),
    };
  });
