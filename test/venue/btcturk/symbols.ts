import { amount } from './amount.ts';

export type OrderMethod = 'limit' | 'market' | 'stopLimit' | 'stopMarket';

/** What exchangeinfo says about one pair, plus the prices a fresh simulator starts with. */
export interface SymbolRules {
  readonly id: number;
  readonly name: string;
  readonly numerator: string;
  readonly denominator: string;
  readonly numeratorScale: number;
  readonly denominatorScale: number;
  readonly hasFraction: boolean;
  readonly tickSize: bigint;
  readonly minPrice: bigint;
  readonly maxPrice: bigint;
  readonly minExchangeValue: bigint;
  readonly methods: readonly OrderMethod[];
  readonly start: { readonly bid: bigint; readonly ask: bigint; readonly depth: bigint };
}

const ALL: readonly OrderMethod[] = ['market', 'limit', 'stopMarket', 'stopLimit'];

/** One row a pair, in the order of the columns named in `rules`. Prices are illustrative. */
const rows = [
  ['BTC', 'TRY', 8, 2, false, '10', '99.91', ALL, '4199990', '4200000', '0.5'],
  ['BTC', 'USDT', 8, 0, false, '1', '2.5', ALL, '99999', '100000', '0.5'],
  ['USDT', 'TRY', 4, 3, true, '0.001', '99.91', ALL, '41.999', '42', '20000'],
  ['ETH', 'TRY', 8, 2, false, '0.01', '99.91', ALL, '139999', '140000', '5'],
  ['ETH', 'USDT', 8, 1, true, '0.1', '2.5', ALL, '3333.2', '3333.3', '5'],
  ['LDO', 'USDT', 2, 3, true, '0.001', '2.5', ['limit', 'stopLimit'], '1.993', '1.994', '5000'],
] as const;

export const symbols: readonly SymbolRules[] = rows.map((row, index) => {
  const [numerator, denominator, numeratorScale, denominatorScale, hasFraction] = row;
  const [, , , , , tick, minTotal, methods, bid, ask, depth] = row;
  return {
    id: index + 1,
    name: `${numerator}${denominator}`,
    numerator,
    denominator,
    numeratorScale,
    denominatorScale,
    hasFraction,
    tickSize: amount(tick),
    minPrice: amount('0.0000000000001'),
    maxPrice: amount('10000000'),
    minExchangeValue: amount(minTotal),
    methods,
    start: { bid: amount(bid), ask: amount(ask), depth: amount(depth) },
  };
});

/** REST takes `BTCTRY`, `BTC_TRY` and any case. */
export function symbolNamed(text: string): SymbolRules | undefined {
  const name = text.toUpperCase().replace('_', '');
  return symbols.find((symbol) => symbol.name === name);
}
