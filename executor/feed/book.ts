import { type Amount, ZERO } from '../order/amount.ts';
import type { Level } from './records.ts';

type Side = ReadonlyMap<Amount, Amount>;

/** The venue's window of one symbol's book: amounts by price. */
export interface Book {
  readonly bids: Side;
  readonly asks: Side;
}

interface Levels {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export function bookOf({ bids, asks }: Levels): Book {
  return { bids: applied(new Map(), bids), asks: applied(new Map(), asks) };
}

/** The book after a difference; a level whose amount is zero is gone. */
export function changed(book: Book, { bids, asks }: Levels): Book {
  return { bids: applied(book.bids, bids), asks: applied(book.asks, asks) };
}

function applied(side: Side, levels: readonly Level[]): Side {
  if (levels.length === 0) return side;
  const next = new Map(side);
  for (const { price, amount } of levels) {
    if (amount === ZERO) next.delete(price);
    else next.set(price, amount);
  }
  return next;
}
