import { type Amount, plus } from '../order/amount.ts';
import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Orders are counted in units of one. */
export const ONE_ORDER = 1n as Amount;

export const ordersPerMinute: Guard = (_proposal, desk) => {
  const limit = BigInt(desk.limits.maxOrdersPerMinute) as Amount;
  if (plus(desk.ordersPerMinute.used, ONE_ORDER) <= limit) return undefined;
  return denial('ORDERS_PER_MINUTE', `more than ${limit} orders in one minute`, {
    details: { limit: Number(limit) },
    retryAfterMs: desk.ordersPerMinute.waitMs(ONE_ORDER, limit),
  });
};
