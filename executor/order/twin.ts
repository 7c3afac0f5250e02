import type { Amount } from './amount.ts';
import type { Terms } from './order.ts';

/** Orders of the venue within these of the moment we wrote ours down may be it. */
const BEFORE_MS = 120_000;
const AFTER_MS = 600_000;

/** An order at the venue, as far as the venue tells. `at` is UTC ms, 0 where it does not say. */
export interface Seen {
  readonly symbol: string;
  readonly detail?: {
    readonly side: string | undefined;
    readonly type: string;
    readonly quantity: Amount | undefined;
    readonly price: Amount | undefined;
    readonly at: number;
  };
}

/**
 * Whether an order under a foreign client id could be ours with the id lost on its way: the same
 * order, at about that time. A person on the same account may have placed the like, so this is a
 * suspicion and never an identity. Pure.
 */
export function isProbableTwin(terms: Terms, { symbol, detail }: Seen): boolean {
  if (detail === undefined || symbol !== terms.symbol) return false;
  const { side, type, quantity, price, at } = detail;
  if (side !== terms.side || type !== terms.type) return false;
  if (quantity !== (terms.quoteQuantity ?? terms.quantity)) return false;
  if (terms.price !== undefined && price !== terms.price) return false;
  return at === 0 || (at >= terms.receivedAt - BEFORE_MS && at <= terms.receivedAt + AFTER_MS);
}
