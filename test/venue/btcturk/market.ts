import { amount, fixed, ONE, over, times, truncate } from './amount.ts';
import { normalizedPair, type Order, type Side } from './order.ts';
import type { SymbolRules } from './symbols.ts';

export interface Level {
  readonly price: bigint;
  readonly base: bigint;
}

export const LEVELS_MAX = 100;
/** Distance of one level from the next, so that 100 levels span the 5 % a market order may sweep. */
const LEVEL_STEP = amount('0.0005');
const SWEEP_MAX = amount('0.05');

/** The prices of one pair. Behind the best price stand equal levels that refill at once. */
export class Market {
  readonly symbol: SymbolRules;
  bid: bigint;
  ask: bigint;
  last: bigint;
  /** Base amount on each level. */
  depth: bigint;

  constructor(symbol: SymbolRules) {
    this.symbol = symbol;
    this.bid = symbol.start.bid;
    this.ask = symbol.start.ask;
    this.last = symbol.start.ask;
    this.depth = symbol.start.depth;
  }

  /** Levels that an order of this side would trade with, best first. */
  levels(taker: Side): readonly Level[] {
    const best = taker === 'buy' ? this.ask : this.bid;
    const step = this.#step(best);
    const levels: Level[] = [];
    for (let index = 0n; index < BigInt(LEVELS_MAX); index += 1n) {
      const price = taker === 'buy' ? best + index * step : best - index * step;
      if (price > 0n) levels.push({ price, base: this.depth });
    }
    return levels;
  }

  /** The furthest price a market order of this side reaches: 5 % from the best one. */
  sweepLimit(taker: Side): bigint {
    const best = taker === 'buy' ? this.ask : this.bid;
    const reach = times(best, SWEEP_MAX);
    return taker === 'buy' ? best + reach : best - reach;
  }

  /** Prices a limit order may have: a tenth to ten times the last one, moving with it. */
  band(): { readonly minimum: bigint; readonly maximum: bigint } {
    return { minimum: this.last / 10n, maximum: this.last * 10n };
  }

  stopIsReached(order: Order): boolean {
    if (order.stopPrice === undefined) return true;
    return order.side === 'buy' ? this.last >= order.stopPrice : this.last <= order.stopPrice;
  }

  tickerView(timestamp: number, order: number): Record<string, unknown> {
    const last = number(this.last);
    return {
      pair: this.symbol.name,
      pairNormalized: normalizedPair(this.symbol),
      timestamp,
      last,
      high: last,
      low: last,
      bid: number(this.bid),
      ask: number(this.ask),
      open: last,
      volume: 0,
      average: last,
      daily: 0,
      dailyPercent: 0,
      denominatorSymbol: this.symbol.denominator,
      numeratorSymbol: this.symbol.numerator,
      order,
    };
  }

  /** The smallest move of a price: a tick, but a whole one where the pair takes no fraction. */
  priceStep(): bigint {
    const { tickSize, hasFraction } = this.symbol;
    return hasFraction || tickSize > ONE ? tickSize : ONE;
  }

  #step(best: bigint): bigint {
    const tick = this.priceStep();
    const step = over(times(best, LEVEL_STEP), tick);
    return step < ONE ? tick : times(truncate(step, 0), tick);
  }
}

/** Public prices go out as JSON numbers. */
export function number(value: bigint): number {
  return Number(fixed(value, 16));
}

/** `[["price","amount"], …]` with the resting orders of this venue's customers among the levels. */
export function bookSide(
  market: Market,
  side: 'bids' | 'asks',
  own: readonly Order[],
): readonly Level[] {
  const byPrice = new Map<bigint, bigint>();
  const levels = market.levels(side === 'asks' ? 'buy' : 'sell');
  for (const { price, base } of levels) byPrice.set(price, base);
  for (const { price, left } of own) byPrice.set(price, (byPrice.get(price) ?? 0n) + left);
  const sorted = [...byPrice].map(([price, base]) => ({ price, base }));
  sorted.sort((a, b) => (a.price < b.price === (side === 'asks') ? -1 : 1));
  return sorted.slice(0, LEVELS_MAX);
}
