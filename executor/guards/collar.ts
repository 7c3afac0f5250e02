import { type Amount, decimal } from '../order/amount.ts';
import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Percent with six digits, as an integer. */
const PERCENT_SCALE = 1_000_000;

/** A limit price far from the market is a typing error, more often than not. */
export const collar: Guard = ({ request, reference }, desk) => {
  const percent = desk.spec.limits.priceCollarPercent;
  if (percent === undefined || request.price === undefined) return undefined;
  if (reference === undefined) {
    return denial('NO_REFERENCE_PRICE', `no fresh price of ${request.symbol} to hold the price to`);
  }
  const span = BigInt(Math.round(percent * PERCENT_SCALE));
  const distance = (
    request.price > reference ? request.price - reference : reference - request.price
  ) as Amount;
  if (distance * 100n * BigInt(PERCENT_SCALE) <= reference * span) return undefined;
  const message = `price ${decimal(request.price)} is more than ${percent} % away from ${decimal(reference)}`;
  return denial('PRICE_COLLAR', message);
};
