import type { Amount } from '../order/amount.ts';

/** What a venue demands of an order in one symbol. Prices are in the symbol's quote currency. */
export interface Instrument {
  readonly symbol: string;
  /** False while the venue does not take orders in it. */
  readonly isTrading: boolean;
  readonly methods: readonly ('limit' | 'market')[];
  /** The smallest step between two prices around `price`. */
  readonly tickAt: (price: Amount) => Amount;
  /** Decimals a price may have. */
  readonly priceScale: number;
  /** Decimals a base quantity may have. */
  readonly quantityScale: number;
  /** Decimals the amount of a market buy may have. */
  readonly quoteScale: number;
  /** Base quantities are multiples of this; undefined where any will do. */
  readonly lot: Amount | undefined;
  /** What an order must at least come to in its quote currency; undefined without such a rule. */
  readonly minTotal: Amount | undefined;
  /** The venue's own limits of a price, both allowed; undefined while there are none. */
  readonly band: { readonly low: Amount; readonly high: Amount } | undefined;
}

/** The rules of one symbol as they are known now. */
export type InstrumentReading =
  | { readonly kind: 'known'; readonly instrument: Instrument }
  /** Not read yet, or too old: nobody can tell what would be right. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** The venue tells its symbols, and this is none of them. */
  | { readonly kind: 'unlisted' };
