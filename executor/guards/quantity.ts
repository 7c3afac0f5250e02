import { decimal, over, parseAmount } from '../order/amount.ts';
import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** The base quantity of one order; what a market buy would get for its money counts. */
export const quantityPerOrder: Guard = ({ request, reference }, desk) => {
  const { symbol, quoteQuantity } = request;
  const cap = desk.spec.limits.maxQuantityPerOrder?.find((one) => one.symbol === symbol);
  const limit = cap === undefined ? undefined : parseAmount(cap.quantity);
  if (limit === undefined) return undefined;
  if (quoteQuantity !== undefined && !reference) {
    return denial('NO_REFERENCE_PRICE', `no fresh price of ${symbol} to tell the quantity by`);
  }
  const quantity =
    quoteQuantity !== undefined && reference ? over(quoteQuantity, reference) : request.quantity;
  if (quantity === undefined || quantity <= limit) return undefined;
  const message = `the order is for ${decimal(quantity)} ${symbol}, at most ${decimal(limit)} is allowed`;
  return denial('QUANTITY_PER_ORDER', message, {
    details: { quantity: decimal(quantity), limit: decimal(limit) },
  });
};
