import { guid, type Random } from '../random.ts';
import type { Timers } from '../timers.ts';
import { Account } from './account.ts';
import { bookSide, type Level, Market } from './market.ts';
import { execute, type Match, matches, restBase } from './matching.ts';
import { isMarket, isOpen, isQuoteSized, isStop, type Order, type Trade } from './order.ts';
import { CODE_UNKNOWN, type Refusal } from './replies.ts';
import type { Settings } from './settings.ts';
import { firstRefusal, parseSubmission } from './submission.ts';
import { symbols } from './symbols.ts';

export type VenueEvent =
  | { readonly kind: 'accepted' | 'canceled' | 'closed'; readonly order: Order }
  | { readonly kind: 'traded'; readonly order: Order; readonly trade: Trade }
  | { readonly kind: 'book'; readonly symbol: string };

export interface ExchangeParts {
  readonly random: Random;
  readonly timers: Timers;
  /** The venue's own clock, skew included, in ms. */
  readonly venueNow: () => number;
  readonly settings: () => Settings;
  readonly tell: (event: VenueEvent) => void;
  readonly accounts: readonly string[];
  readonly balances: Readonly<Record<string, string>>;
  readonly firstOrderId: bigint;
}

export type Submitted =
  | { readonly kind: 'accepted'; readonly order: Order }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type FillProblem = 'no-such-order' | 'not-open' | 'more-than-left';

/** The largest gap between two neighbouring order ids: other customers trade as well. */
const ID_GAP_MAX = 20;
const FIRST_TRADE_ID = 1_149_163_839_863_900_657n;

/** The venue's book of record: markets, accounts, orders, trades. Knows nothing of HTTP. */
export class Exchange {
  readonly markets: ReadonlyMap<string, Market>;
  readonly orders = new Map<bigint, Order>();
  readonly trades: Trade[] = [];
  readonly #open = new Map<bigint, Order>();
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #parts: ExchangeParts;
  #nextOrderId: bigint;
  #nextTradeId = FIRST_TRADE_ID;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#nextOrderId = parts.firstOrderId;
    this.markets = new Map(symbols.map((symbol) => [symbol.name, new Market(symbol)]));
    this.#accounts = new Map(parts.accounts.map((name) => [name, new Account(parts.balances)]));
  }

  account(name: string): Account {
    const account = this.#accounts.get(name);
    if (account === undefined)
      throw new Error(`account "${name}" is not among the simulator's keys`);
    return account;
  }

  market(name: string): Market {
    const market = this.markets.get(name);
    if (market === undefined)
      throw new Error(`pair "${name}" is not among the simulator's symbols`);
    return market;
  }

  /** Orders that rest or wait, oldest first. */
  open(): readonly Order[] {
    return [...this.#open.values()];
  }

  /** The aggregated book of a pair: synthetic levels and resting orders. */
  book(name: string): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } {
    const market = this.market(name);
    const own = this.open().filter((order) => order.symbol.name === name && rests(order));
    return {
      bids: bookSide(
        market,
        'bids',
        own.filter((order) => order.side === 'buy'),
      ),
      asks: bookSide(
        market,
        'asks',
        own.filter((order) => order.side === 'sell'),
      ),
    };
  }

  /** Validates and accepts. A client id seen before is no obstacle: the venue never compares them. */
  submit(accountName: string, body: unknown): Submitted {
    const parsed = parseSubmission(body);
    if (parsed.kind === 'refused') return parsed;
    const { submission } = parsed;
    const account = this.account(accountName);
    const market = this.market(submission.symbol.name);
    const refusal = firstRefusal({ submission, market, account });
    if (refusal !== undefined) return { kind: 'refused', refusal };
    const time = this.#parts.venueNow();
    const order: Order = {
      ...submission,
      id: this.#takeOrderId(),
      account: accountName,
      clientId: submission.clientId ?? guid(this.#parts.random),
      time,
      updateTime: time,
      status: 'Untouched',
      left: submission.quantity,
      firstFillPrice: undefined,
      isTriggered: !isStop(submission.method),
      isCancelPending: false,
      filledBase: 0n,
      locked: 0n,
    };
    this.orders.set(order.id, order);
    this.#open.set(order.id, order);
    account.relock(order);
    this.#parts.tell({ kind: 'accepted', order });
    this.#parts.tell({ kind: 'book', symbol: order.symbol.name });
    this.#parts.timers.after(this.#parts.settings().fillDelayMs, 'fill', () => this.#cross(order));
    return { kind: 'accepted', order };
  }

  /** Receives a cancel; the order ends `cancelDelayMs` later, and a fill may win until then. */
  cancel(accountName: string, id: bigint | undefined): Refusal | Order {
    const order = id === undefined ? undefined : this.orders.get(id);
    if (order === undefined || order.account !== accountName) {
      return { message: 'NO_ORDER_MATCHES_YOUR_REQUEST', code: 1_052 };
    }
    if (this.#parts.settings().cancelBlocked.includes(order.symbol.name)) {
      return { message: 'ORDER_CANCEL_BLOCKED', code: CODE_UNKNOWN };
    }
    if (order.status === 'Canceled') return order;
    if (!isOpen(order)) return { message: 'ORDER_COULD_NOT_BE_CANCELED', code: 1_051 };
    if (order.isCancelPending) return order;
    order.isCancelPending = true;
    this.#parts.timers.after(this.#parts.settings().cancelDelayMs, 'cancel', () => {
      if (isOpen(order)) this.#end(order, 'Canceled');
    });
    return order;
  }

  /** Trades `base` of an order at its own price, or at the last one for a market order. */
  fill(id: bigint, base: bigint, price?: bigint): FillProblem | Order {
    const order = this.orders.get(id);
    if (order === undefined) return 'no-such-order';
    if (!isOpen(order)) return 'not-open';
    const market = this.market(order.symbol.name);
    const at = price ?? (isMarket(order.method) ? market.last : order.price);
    const match: Match = { price: at, base };
    if (base <= 0n || base > restBase(order, at)) return 'more-than-left';
    order.isTriggered = true;
    this.#trade(order, match);
    return order;
  }

  /** Moves a market: stops trigger, and resting orders that now cross trade. */
  setPrices(name: string, prices: Partial<Pick<Market, 'bid' | 'ask' | 'last' | 'depth'>>): Market {
    const market = this.market(name);
    Object.assign(market, prices);
    this.#parts.tell({ kind: 'book', symbol: name });
    for (const order of this.open()) {
      if (order.symbol.name !== name) continue;
      if (!order.isTriggered && market.stopIsReached(order)) order.isTriggered = true;
      this.#cross(order);
    }
    return market;
  }

  #cross(order: Order): void {
    if (this.#parts.settings().crossing === 'rest' || !isOpen(order) || !order.isTriggered) return;
    const market = this.market(order.symbol.name);
    for (const match of matches(order, market)) this.#trade(order, match);
    // What a market order cannot get within its 5 % is not filled beyond it: the order is finished.
    if (isMarket(order.method) && isOpen(order)) this.#end(order, 'Closed');
  }

  #trade(order: Order, match: Match): void {
    const time = this.#parts.venueNow();
    const trade = execute(order, match, { id: this.#takeTradeId(), time });
    this.trades.push(trade);
    const account = this.account(order.account);
    const { numerator, denominator } = order.symbol;
    const total = (trade.base * trade.price) / 10n ** 16n;
    const cost = trade.fee + trade.tax;
    account.add(numerator, order.side === 'buy' ? trade.base : -trade.base);
    account.add(denominator, order.side === 'buy' ? -(total + cost) : total - cost);
    this.market(order.symbol.name).last = trade.price;
    account.relock(order);
    this.#parts.tell({ kind: 'traded', order, trade });
    if (restBase(order, trade.price) === 0n) this.#end(order, 'Closed');
  }

  #end(order: Order, status: 'Closed' | 'Canceled'): void {
    order.status = status;
    order.updateTime = this.#parts.venueNow();
    this.#open.delete(order.id);
    this.account(order.account).relock(order);
    this.#parts.tell({ kind: status === 'Closed' ? 'closed' : 'canceled', order });
    this.#parts.tell({ kind: 'book', symbol: order.symbol.name });
  }

  #takeOrderId(): bigint {
    const id = this.#nextOrderId;
    this.#nextOrderId += 1n + BigInt(Math.floor(this.#parts.random() * ID_GAP_MAX));
    return id;
  }

  #takeTradeId(): bigint {
    this.#nextTradeId += 1n;
    return this.#nextTradeId;
  }
}

function rests(order: Order): boolean {
  return order.isTriggered && !isQuoteSized(order) && !isMarket(order.method);
}
