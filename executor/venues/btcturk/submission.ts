import { type Amount, decimal } from '../../order/amount.ts';
import type { Terms } from '../../order/order.ts';
import type { WireRequest } from './exchange.ts';

/** What proves us on one request, and what of it must not come back. */
export type Signed = Required<Pick<WireRequest, 'headers' | 'secrets'>>;

/** POST /api/v1/order. A market buy spends an amount of quote currency: the venue reads `quantity` as that. */
export function submission(terms: Terms, signed: Signed): WireRequest {
  const amount = terms.quoteQuantity ?? terms.quantity;
  if (amount === undefined) throw new Error(`order ${terms.id} has no amount`);
  const price: { price?: string } =
    terms.price === undefined ? {} : { price: decimal(terms.price) };
  const body = JSON.stringify({
    pairSymbol: terms.symbol,
    orderType: terms.side,
    orderMethod: terms.type,
    quantity: decimal(amount satisfies Amount),
    ...price,
    newOrderClientId: terms.id,
  });
  return { method: 'POST', path: '/api/v1/order', ...signed, body };
}
