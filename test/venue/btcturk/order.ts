import { fixed, plain } from './amount.ts';
import type { OrderMethod, SymbolRules } from './symbols.ts';

export type Side = 'buy' | 'sell';
export type OrderStatus = 'Untouched' | 'Partial' | 'Canceled' | 'Closed';

/** What a submit asks for, parsed. Amounts are scaled by 10^16. */
export interface Submission {
  readonly symbol: SymbolRules;
  readonly side: Side;
  readonly method: OrderMethod;
  /** Base amount; for a market buy the quote amount to spend. */
  readonly quantity: bigint;
  /** 0 for market methods: the venue ignores their price. */
  readonly price: bigint;
  readonly stopPrice: bigint | undefined;
  readonly clientId: string | undefined;
}

/** One order at the venue. Mutable: this is the venue's own book of record. */
export interface Order extends Submission {
  readonly id: bigint;
  readonly account: string;
  readonly clientId: string;
  readonly time: number;
  updateTime: number;
  status: OrderStatus;
  left: bigint;
  firstFillPrice: bigint | undefined;
  /** A stop order waits until the market reaches its stop price. */
  isTriggered: boolean;
  isCancelPending: boolean;
  filledBase: bigint;
  locked: bigint;
}

/** One execution. Signed as the venue signs it: a sell has a negative amount. */
export interface Trade {
  readonly id: bigint;
  readonly order: Order;
  readonly price: bigint;
  readonly base: bigint;
  readonly fee: bigint;
  readonly tax: bigint;
  readonly time: number;
}

export function isOpen(order: Order): boolean {
  return order.status === 'Untouched' || order.status === 'Partial';
}

export function isMarket(method: OrderMethod): boolean {
  return method === 'market' || method === 'stopMarket';
}

export function isStop(method: OrderMethod): boolean {
  return method === 'stopLimit' || method === 'stopMarket';
}

/** True when `quantity` and `left` are in the quote currency. */
export function isQuoteSized(order: Pick<Submission, 'side' | 'method'>): boolean {
  return order.side === 'buy' && isMarket(order.method);
}

export function normalizedPair(symbol: SymbolRules): string {
  return `${symbol.numerator}_${symbol.denominator}`;
}

/** The answer to a submit: acceptance only, no fill information. */
export function submitView(order: Order): Record<string, unknown> {
  return {
    id: order.id,
    quantity: plain(order.quantity),
    price: plain(order.price),
    stopPrice: order.stopPrice === undefined ? null : plain(order.stopPrice),
    newOrderClientId: order.clientId,
    type: order.side,
    method: order.method,
    pairSymbol: order.symbol.name,
    pairSymbolNormalized: normalizedPair(order.symbol),
    datetime: order.time,
  };
}

export interface ViewOptions {
  readonly timeZero: boolean;
  readonly lowerCasePairFields: boolean;
}

/** One order as the queries show it. Once traded, `price` is the first fill's price only. */
export function orderView(order: Order, options: ViewOptions): Record<string, unknown> {
  const pair = options.lowerCasePairFields
    ? { pairsymbol: order.symbol.name, pairsymbolnormalized: normalizedPair(order.symbol) }
    : { pairSymbol: order.symbol.name, pairSymbolNormalized: normalizedPair(order.symbol) };
  return {
    id: order.id,
    price: fixed(order.firstFillPrice ?? order.price, order.symbol.denominatorScale),
    amount: plain(order.quantity),
    quantity: plain(order.quantity),
    stopPrice: plain(order.stopPrice ?? 0n),
    ...pair,
    type: order.side,
    method: order.method,
    orderClientId: order.clientId,
    time: options.timeZero ? 0 : order.time,
    updateTime: order.updateTime,
    status: order.status,
    leftAmount: fixed(order.left, 16),
  };
}

/** One row of users/transactions/trade: amount, fee and tax are signed. */
export function tradeView(trade: Trade): Record<string, unknown> {
  const { order } = trade;
  return {
    price: plain(trade.price),
    numeratorSymbol: order.symbol.numerator,
    denominatorSymbol: order.symbol.denominator,
    orderType: order.side,
    orderId: order.id,
    id: trade.id,
    timestamp: trade.time,
    amount: plain(order.side === 'sell' ? -trade.base : trade.base),
    fee: plain(-trade.fee),
    tax: plain(-trade.tax),
  };
}
