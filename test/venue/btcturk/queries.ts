import { fixed, plain } from './amount.ts';
import type { Exchange } from './exchange.ts';
import { number } from './market.ts';
import { normalizedPair, type Order, orderView, tradeView, type ViewOptions } from './order.ts';
import { type Reply, refused, success } from './replies.ts';
import type { Settings } from './settings.ts';
import { noSuchPair } from './submission.ts';
import { type SymbolRules, symbolNamed, symbols } from './symbols.ts';

const ORDERS_DEFAULT = 100;
const TRADES_DEFAULT = 50;
const TRADE_HISTORY_MS = 30 * 24 * 3_600_000;
const invalid = refused({ message: 'INVALID_REQUEST_ERROR', code: 1_037 });

/** What a query may look at: the exchange, who asks, what for, and the venue's time. */
export interface Asked {
  readonly exchange: Exchange;
  readonly account: string;
  readonly query: URLSearchParams;
  readonly settings: Settings;
  readonly venueNow: number;
}

function views(settings: Settings, timeZero = false): ViewOptions {
  return { timeZero, lowerCasePairFields: settings.lowerCasePairFields };
}

function ordersOf(asked: Asked, symbol?: SymbolRules): Order[] {
  const mine: Order[] = [];
  for (const order of asked.exchange.orders.values()) {
    if (order.account !== asked.account) continue;
    if (symbol === undefined || order.symbol === symbol) mine.push(order);
  }
  return mine;
}

/** All open orders of the account, of one pair or of all, split by side. */
export function openOrders(asked: Asked): Reply {
  const name = asked.query.get('pairSymbol');
  const symbol = name === null ? undefined : symbolNamed(name);
  if (name !== null && symbol === undefined) return refused(noSuchPair(name));
  const mine = asked.exchange
    .open()
    .filter((order) => order.account === asked.account)
    .filter((order) => symbol === undefined || order.symbol === symbol);
  const options = views(asked.settings, asked.settings.openOrdersTimeZero);
  const show = (side: Order['side']) =>
    mine.filter((order) => order.side === side).map((order) => orderView(order, options));
  return success({ asks: show('sell'), bids: show('buy') });
}

/** Every order of a pair, newest first; `orderId` is a cursor (ids at or above it), pages from 1. */
export function allOrders(asked: Asked): Reply {
  const { query, settings } = asked;
  const name = query.get('pairSymbol');
  if (name === null) return invalid;
  const symbol = symbolNamed(name);
  if (symbol === undefined) return refused(noSuchPair(name));
  const fields = ['orderId', 'startTime', 'endTime', 'page', 'limit'] as const;
  if (fields.some((field) => !/^\d*$/.test(query.get(field) ?? ''))) return invalid;
  const from = BigInt(query.get('orderId') || '0');
  const start = Number(query.get('startTime') || 0);
  const end = Number(query.get('endTime') || Number.MAX_SAFE_INTEGER);
  const limit = Math.min(Number(query.get('limit') || ORDERS_DEFAULT), settings.allOrdersLimitMax);
  const page = Math.max(1, Number(query.get('page') || 1));
  const found = ordersOf(asked, symbol)
    .filter((order) => order.id >= from && order.time >= start && order.time <= end)
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice((page - 1) * limit, page * limit);
  return success(found.map((order) => orderView(order, views(settings))));
}

export function oneOrder(asked: Asked, id: bigint): Reply {
  const order = asked.exchange.orders.get(id);
  if (order === undefined || order.account !== asked.account) {
    return { status: 400, body: { success: false, message: 'Order not found', code: 1_152 } };
  }
  return success(orderView(order, views(asked.settings)));
}

/** Own executions of the last 30 days unless dates are given; newest first. */
export function ownTrades(asked: Asked): Reply {
  const { query, exchange, venueNow } = asked;
  const types = query.getAll('type').map((type) => type.toLowerCase());
  const assets = query.getAll('symbol').map((asset) => asset.toUpperCase());
  const start = Number(query.get('startDate') ?? venueNow - TRADE_HISTORY_MS);
  const end = Number(query.get('endDate') ?? Number.MAX_SAFE_INTEGER);
  const rows = exchange.trades
    .filter(({ order }) => order.account === asked.account)
    .filter(({ order }) => types.length === 0 || types.includes(order.side))
    .filter(({ order: { symbol } }) => {
      const isNamed = assets.includes(symbol.numerator) && assets.includes(symbol.denominator);
      return assets.length === 0 || isNamed;
    })
    .filter(({ time }) => time >= start && time <= end)
    .reverse();
  return success(rows.map(tradeView));
}

export function balances(asked: Asked): Reply {
  return success(asked.exchange.account(asked.account).view());
}

/** An unknown pair is no error here: 200 with an empty list. */
export function ticker(asked: Asked): Reply {
  const name = asked.query.get('pairSymbol');
  const wanted = name === null ? symbols : [symbolNamed(name)];
  const rows = wanted.flatMap((symbol) =>
    symbol === undefined
      ? []
      : [asked.exchange.market(symbol.name).tickerView(asked.venueNow, symbol.id * 1_000)],
  );
  return success(rows);
}

export function orderBook(asked: Asked): Reply {
  const name = asked.query.get('pairSymbol');
  if (name === null) return invalid;
  const symbol = symbolNamed(name);
  if (symbol === undefined) return refused(noSuchPair(name));
  const { bids, asks } = asked.exchange.book(symbol.name);
  const limit = Number(asked.query.get('limit') ?? 100);
  const show = (levels: typeof bids) =>
    levels
      .slice(0, limit)
      .map(({ price, base }) => [
        fixed(price, symbol.denominatorScale),
        fixed(base, symbol.numeratorScale),
      ]);
  return success({ timestamp: asked.venueNow, bids: show(bids), asks: show(asks) });
}

export function publicTrades(asked: Asked): Reply {
  const name = asked.query.get('pairSymbol');
  if (name === null) return invalid;
  const symbol = symbolNamed(name);
  if (symbol === undefined) return refused(noSuchPair(name));
  const last = Math.min(Number(asked.query.get('last') ?? TRADES_DEFAULT), TRADES_DEFAULT);
  const rows = asked.exchange.trades.filter(({ order }) => order.symbol === symbol).slice(-last);
  return success(
    rows.reverse().map((trade) => ({
      pair: symbol.name,
      pairNormalized: normalizedPair(symbol),
      numerator: symbol.numerator,
      denominator: symbol.denominator,
      date: trade.time,
      tid: String(trade.id),
      price: fixed(trade.price, symbol.denominatorScale),
      amount: fixed(trade.base, symbol.numeratorScale),
      side: trade.order.side,
    })),
  );
}

/** Rules of every pair; the venue's CDN keeps the answer for 30 s. */
export function exchangeInfo(asked: Asked): Reply {
  const reply = success({
    timeZone: 'UTC',
    serverTime: asked.venueNow,
    symbols: symbols.map((symbol) => symbolView(symbol, asked)),
    currencies: [],
    currencyOperationBlocks: [],
  });
  return { ...reply, headers: { 'cache-control': 'public, max-age=30' } };
}

const methodNames = {
  market: 'MARKET',
  limit: 'LIMIT',
  stopMarket: 'STOP_MARKET',
  stopLimit: 'STOP_LIMIT',
} as const;

function symbolView(symbol: SymbolRules, { exchange }: Asked): Record<string, unknown> {
  const { minimum, maximum } = exchange.market(symbol.name).band();
  return {
    id: symbol.id,
    name: symbol.name,
    nameNormalized: normalizedPair(symbol),
    status: 'TRADING',
    numerator: symbol.numerator,
    denominator: symbol.denominator,
    numeratorScale: symbol.numeratorScale,
    denominatorScale: symbol.denominatorScale,
    hasFraction: symbol.hasFraction,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: fixed(symbol.minPrice, 13),
        maxPrice: fixed(symbol.maxPrice, 0),
        tickSize: plain(symbol.tickSize),
        minExchangeValue: plain(symbol.minExchangeValue),
        minAmount: null,
        maxAmount: null,
      },
    ],
    orderMethods: symbol.methods.map((method) => methodNames[method]),
    displayFormat: '#,###',
    commissionFromNumerator: false,
    order: symbol.id * 1_000,
    priceRounding: false,
    isNew: false,
    marketPriceWarningThresholdPercentage: 0.25,
    maximumOrderAmount: null,
    maximumLimitOrderPrice: number(maximum),
    minimumLimitOrderPrice: number(minimum),
  };
}
