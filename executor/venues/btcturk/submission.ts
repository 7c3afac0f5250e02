import { type Amount, decimal } from '../../order/amount.ts';
import type { Terms } from '../../order/order.ts';
import type { WireRequest } from './exchange.ts';

/** POST /api/v1/order. A market buy spends an amount of quote currency: the venue reads `quantity` as that. */
export function submission(terms: Terms, headers: Record<string, string>): WireRequest {
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
  return { method: 'POST', path: '/api/v1/order', headers, body };
}
