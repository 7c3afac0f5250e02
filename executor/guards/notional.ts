import { type Amount, decimal, plus, whole } from '../order/amount.ts';
import { type Denial, denial } from './denial.ts';
import type { Guard } from './guard.ts';

const isDenial = (value: Amount | Denial): value is Denial => typeof value === 'object';

/** What the order is worth in TRY must be known before anything can be counted. */
export const valued: Guard = ({ notional }) => (isDenial(notional) ? notional : undefined);

/** The cap of one order; one above the cap of a second can never pass either: no use in trying again. */
export const notionalPerOrder: Guard = ({ notional }, desk) => {
  if (isDenial(notional)) return notional;
  const { maxNotionalTryPerSecond: perSecond } = desk.limits;
  const limit = Math.min(perSecond, desk.spec.limits.maxNotionalTryPerOrder ?? perSecond);
  if (notional <= whole(limit)) return undefined;
  const message = `the order is worth ${decimal(notional)} TRY, at most ${limit} TRY is allowed`;
  return denial('NOTIONAL_PER_ORDER', message, {
    details: { notionalTry: decimal(notional), limitTry: String(limit) },
  });
};

export const notionalPerSecond: Guard = ({ notional }, desk) => {
  if (isDenial(notional)) return notional;
  const limit = whole(desk.limits.maxNotionalTryPerSecond);
  if (plus(desk.notionalPerSecond.used, notional) <= limit) return undefined;
  const message = `more than ${desk.limits.maxNotionalTryPerSecond} TRY in one second`;
  return denial('NOTIONAL_PER_SECOND', message, {
    details: { notionalTry: decimal(notional) },
    retryAfterMs: desk.notionalPerSecond.waitMs(notional, limit),
  });
};
