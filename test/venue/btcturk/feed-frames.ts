import { fixed, plain, times } from './amount.ts';
import type { Level, Market } from './market.ts';
import { isMarket, isStop, type Order, type Trade } from './order.ts';

/** What goes over the socket: `[type, model]`, where the model repeats its type. */
export interface Frame {
  readonly type: number;
  readonly model: Readonly<Record<string, unknown>>;
}

function frame(type: number, model: Readonly<Record<string, unknown>>): Frame {
  return { type, model: { ...model, type } };
}

export interface Topic {
  readonly channel: string;
  readonly event: string;
}

/** First frame on every connection. */
export const welcome: Frame = {
  type: 991,
  model: { type: 991, current: '6.0.0', min: '2.3.0' },
};

export function result(ok: boolean, message: string): Frame {
  return { type: 100, model: { type: 100, ok, message } };
}

export function loginResult(ok: boolean, id: number): Frame {
  const message = ok ? null : 'Unauthorized';
  return { type: 114, model: { type: 114, id: ok ? id : 0, ok, message } };
}

export interface Book {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** The whole window of a book, best first. Book frames carry no time. */
export function bookFull(topic: Topic, sequence: number, { bids, asks }: Book): Frame {
  const show = (levels: readonly Level[]) =>
    levels.map(({ price, base }) => ({ A: plain(base), P: plain(price) }));
  const model = { CS: sequence, PS: topic.event, AO: show(asks), BO: show(bids) };
  return frame(431, { ...model, ...topic });
}

type Change = { readonly CP: 0 | 1 | 3; readonly P: string; readonly A: string };

/** CP 0: the amount at a known price; 1: a new price; 3: a price that is gone, with its last amount. */
function changes(before: readonly Level[], after: readonly Level[]): readonly Change[] {
  const old = new Map(before.map(({ price, base }) => [price, base]));
  const now = new Map(after.map(({ price, base }) => [price, base]));
  const prices = [...new Set([...old.keys(), ...now.keys()])].sort((a, b) => (a < b ? -1 : 1));
  return prices.flatMap((price): Change[] => {
    const was = old.get(price);
    const is = now.get(price);
    if (is === undefined) return [{ CP: 3, P: plain(price), A: plain(was ?? 0n) }];
    if (was === is) return [];
    return [{ CP: was === undefined ? 1 : 0, P: plain(price), A: plain(is) }];
  });
}

/** Undefined when the book is the same: an unchanged book sends nothing. */
export function bookDifference(
  topic: Topic,
  sequence: number,
  { before, after }: { readonly before: Book; readonly after: Book },
): Frame | undefined {
  const AO = changes(before.asks, after.asks);
  const BO = [...changes(before.bids, after.bids)].reverse();
  if (AO.length === 0 && BO.length === 0) return undefined;
  return frame(432, { CS: sequence, PS: topic.event, AO, BO, ...topic });
}

function tickerFields(market: Market): Readonly<Record<string, unknown>> {
  const { symbol } = market;
  const last = plain(market.last);
  return {
    B: plain(market.bid),
    A: plain(market.ask),
    BA: plain(market.depth),
    AA: plain(market.depth),
    PS: symbol.name,
    H: last,
    L: last,
    LA: last,
    O: last,
    V: '0',
    AV: last,
    D: '0',
    DP: '0',
    DS: symbol.denominator,
    NS: symbol.numerator,
    PId: symbol.id,
  };
}

export function tickerPair(topic: Topic, market: Market): Frame {
  return frame(402, { ...tickerFields(market), ...topic });
}

export function tickerAll(topic: Topic, markets: readonly Market[]): Frame {
  return frame(401, { items: markets.map(tickerFields), ...topic });
}

export type IdForm = 'text' | 'number';

/** `S`: 0 buy, 1 sell; the mapping is not verified. */
function tradeFields(
  { id, order, price, base, time }: Trade,
  ids: IdForm,
): Readonly<Record<string, unknown>> {
  const S = order.side === 'buy' ? 0 : 1;
  const I = ids === 'text' ? String(id) : id;
  return { D: String(time), I, A: plain(base), P: plain(price), S };
}

export function tradeList(topic: Topic, trades: readonly Trade[], ids: IdForm): Frame {
  const items = trades.map((trade) => tradeFields(trade, ids));
  return frame(421, { symbol: topic.event, items, ...topic });
}

export function tradeSingle(topic: Topic, trade: Trade, ids: IdForm): Frame {
  return frame(422, { ...tradeFields(trade, ids), PS: topic.event, ...topic });
}

function methodNumber(order: Order): number {
  if (!isStop(order.method)) return isMarket(order.method) ? 1 : 0;
  return isMarket(order.method) ? 3 : 2;
}

function orderFields(order: Order, userId: number): Readonly<Record<string, unknown>> {
  return {
    pairId: order.symbol.id,
    symbol: order.symbol.name,
    id: order.id,
    method: methodNumber(order),
    userId,
    orderType: order.side === 'buy' ? 0 : 1,
    newOrderClientId: order.clientId,
  };
}

export function orderInsert(order: Order, userId: number): Frame {
  return frame(451, {
    ...orderFields(order, userId),
    price: plain(order.price),
    amount: plain(order.quantity),
    numLeft: plain(order.quantity),
    denomLeft: plain(times(order.quantity, order.price)),
  });
}

/** `numLeft` is the part that was not filled when the order ended. */
export function orderDelete(order: Order, userId: number): Frame {
  return frame(452, {
    ...orderFields(order, userId),
    price: fixed(order.price, 16),
    amount: fixed(order.quantity, 16),
    numLeft: fixed(order.left, 16),
    denomLeft: fixed(times(order.left, order.price), 16),
  });
}

/** One per match, without what is left: the client adds up. */
export function orderMatch({ order, base, price, time }: Trade, user: number): Frame {
  return frame(441, {
    id: order.id,
    user,
    isBid: order.side === 'buy',
    method: methodNumber(order),
    pair: order.symbol.id,
    symbol: order.symbol.name,
    amount: plain(base),
    price: plain(price),
    clientId: order.clientId,
    timestamp: time,
  });
}

/** Its id exceeds 2^53 and is a bare number. */
export function userTrade({ id, order, base, price, fee, tax, time }: Trade): Frame {
  const signed = order.side === 'sell' ? -base : base;
  return frame(423, {
    id,
    orderId: order.id,
    timestamp: time,
    numeratorSymbol: order.symbol.numerator,
    denominatorSymbol: order.symbol.denominator,
    amount: plain(signed),
    fee: plain(-fee),
    tax: plain(-tax),
    price: plain(price),
    orderType: order.side,
    orderClientId: order.clientId,
    preciseAmount: Number(plain(signed)),
  });
}
