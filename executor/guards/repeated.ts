import { durationMs } from '../../crds/duration.ts';
import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** A strategy that runs wild sends the same order again and again, each under a key of its own. */
export const repeatedOrder: Guard = ({ request }, desk) => {
  const rule = desk.spec.limits.repeatedOrders;
  if (rule === undefined) return undefined;
  const { max, within } = rule;
  const withinMs = durationMs(within);
  const count = desk.repeats.count(request, withinMs);
  if (count < max) return undefined;
  return denial('REPEATED_ORDER', `the same order was placed ${count} times within ${within}`, {
    details: { count, max, within },
    retryAfterMs: desk.repeats.waitMs(request, { max, withinMs }),
  });
};
