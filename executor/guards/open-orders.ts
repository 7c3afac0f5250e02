import { plus, whole } from '../order/amount.ts';
import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Room frees when an order fills or is cancelled: nothing exact to promise. */
const RETRY_AFTER_MS = 1_000;

export const openOrders: Guard = (_proposal, desk) => {
  const limit = desk.spec.limits.maxOpenOrders;
  if (limit === undefined || desk.open.orders < limit) return undefined;
  const message = `${desk.open.orders} orders are open or unknown, at most ${limit} are allowed`;
  return denial('OPEN_ORDERS_LIMIT', message, { retryAfterMs: RETRY_AFTER_MS });
};

export const openNotional: Guard = ({ notional }, desk) => {
  const limit = desk.spec.limits.maxOpenNotionalTry;
  if (limit === undefined || typeof notional === 'object') return undefined;
  if (plus(desk.open.notional, notional) <= whole(limit)) return undefined;
  const message = `open orders would be worth more than ${limit} TRY`;
  return denial('OPEN_NOTIONAL_LIMIT', message, { retryAfterMs: RETRY_AFTER_MS });
};
