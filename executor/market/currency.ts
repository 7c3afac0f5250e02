import type { Amount } from '../order/amount.ts';
import { whole } from '../order/amount.ts';
import { type Prices, reference } from './prices.ts';

const ONE_TRY = whole(1);
const RATE_SYMBOL = 'USDTTRY';

/** What a symbol is priced in; BIST and anything else not named here is quoted in TRY on BIST only. */
export function quoteCurrency(
  venue: 'btcturk' | 'bist',
  symbol: string,
): 'TRY' | 'USDT' | undefined {
  if (venue === 'bist' || symbol.endsWith('TRY')) return 'TRY';
  return symbol.endsWith('USDT') ? 'USDT' : undefined;
}

/** One unit of the symbol's quote currency in TRY at `now`; undefined without a fresh rate. */
export function quoteTry(
  venue: 'btcturk' | 'bist',
  symbol: string,
  rates: { readonly prices: Prices; readonly now: number },
): Amount | undefined {
  const currency = quoteCurrency(venue, symbol);
  if (currency === 'TRY') return ONE_TRY;
  if (currency === undefined) return undefined;
  // At the ask: a limit in TRY is never understated.
  return reference(rates.prices.fresh(RATE_SYMBOL, rates.now), 'buy');
}
