import { FEE_RATE, TAX_RATE } from './account.ts';
import { over, smaller, times, truncate } from './amount.ts';
import type { Market } from './market.ts';
import { isMarket, isQuoteSized, type Order, type Trade } from './order.ts';

/** A base amount that trades at a price. */
export interface Match {
  readonly price: bigint;
  readonly base: bigint;
}

/** Base amount an order could still trade at this price; a quote-sized one buys what is left to spend. */
export function restBase(order: Order, price: bigint): bigint {
  if (!isQuoteSized(order)) return order.left;
  return truncate(over(order.left, price), order.symbol.numeratorScale);
}

/** What the order would trade now, level by level: limits to their price, markets to 5 % depth. */
export function matches(order: Order, market: Market): readonly Match[] {
  const bound = isMarket(order.method) ? market.sweepLimit(order.side) : order.price;
  const found: Match[] = [];
  let left = order.left;
  for (const level of market.levels(order.side)) {
    const isBeyond = order.side === 'buy' ? level.price > bound : level.price < bound;
    if (isBeyond) break;
    const base = smaller(level.base, restBase({ ...order, left }, level.price));
    if (base === 0n) break;
    found.push({ price: level.price, base });
    left -= isQuoteSized(order) ? times(base, level.price) : base;
  }
  return found;
}

/** Applies one match to the order and returns the trade. The caller settles the account. */
export function execute(
  order: Order,
  match: Match,
  stamp: { readonly id: bigint; readonly time: number },
): Trade {
  const total = times(match.base, match.price);
  order.left -= isQuoteSized(order) ? total : match.base;
  order.filledBase += match.base;
  order.firstFillPrice ??= match.price;
  order.status = 'Partial';
  order.updateTime = stamp.time;
  const fee = times(total, FEE_RATE);
  const tax = times(total, TAX_RATE);
  return { ...stamp, order, price: match.price, base: match.base, fee, tax };
}
