import type { Mode } from '../../crds/trading-executor.ts';
import { type Denial, denial } from '../guards/denial.ts';
import { type Amount, times } from '../order/amount.ts';
import type { PlaceRequest } from '../order/request.ts';

/** Best prices of one symbol in its quote currency. */
export interface Quote {
  readonly bid: Amount;
  readonly ask: Amount;
  readonly last: Amount;
}

/** A price older than this is no price. */
export const PRICE_AGE_MAX_MS = 10_000;

/** The newest prices and when they were received (monotonic). */
export class Prices {
  #quotes: ReadonlyMap<string, Quote> = new Map();
  #at = Number.NEGATIVE_INFINITY;

  replace(quotes: ReadonlyMap<string, Quote>, at: number): void {
    this.#quotes = quotes;
    this.#at = at;
  }

  fresh(symbol: string, now: number): Quote | undefined {
    return now - this.#at > PRICE_AGE_MAX_MS ? undefined : this.#quotes.get(symbol);
  }

  ageMs(now: number): number | undefined {
    return Number.isFinite(this.#at) ? now - this.#at : undefined;
  }
}

/** The price an order would meet: the ask for a buy, the bid for a sell. */
export function reference(quote: Quote | undefined, side: 'buy' | 'sell'): Amount | undefined {
  const price = side === 'buy' ? quote?.ask : quote?.bid;
  return price === undefined || price === 0n ? quote?.last : price;
}

export interface Valuation {
  readonly request: Pick<
    PlaceRequest,
    'symbol' | 'side' | 'type' | 'quantity' | 'quoteQuantity' | 'price'
  >;
  readonly mode: Mode;
  readonly reference: Amount | undefined;
  /** One unit of the symbol's quote currency in TRY: 1 for TRY, undefined when not known. */
  readonly quoteTry: Amount | undefined;
}

/** What an order is worth in TRY, or why nobody can tell. */
export function notionalTry(valuation: Valuation): Amount | Denial {
  const { request, quoteTry } = valuation;
  if (quoteTry === undefined) {
    const message = `no fresh rate from the quote currency of ${request.symbol} to TRY`;
    return denial('NO_TRY_RATE', message);
  }
  if (request.quoteQuantity !== undefined) return times(request.quoteQuantity, quoteTry);
  const price = countedPrice(valuation);
  if (price === undefined || request.quantity === undefined) {
    return denial('NO_REFERENCE_PRICE', `no fresh price of ${request.symbol} to value the order`);
  }
  return times(times(request.quantity, price), quoteTry);
}

/**
 * The price a limit order counts at: a buy never pays more than its own; a sell trades at the market
 * when that is better, so without a market price nobody can tell. On paper it then trades at its own.
 */
function countedPrice({ request, mode, reference }: Valuation): Amount | undefined {
  const { side, price } = request;
  if (price === undefined) return reference;
  if (side === 'buy') return price;
  if (reference === undefined) return mode === 'paper' ? price : undefined;
  return price > reference ? price : reference;
}
