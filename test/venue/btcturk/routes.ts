import type { Permission } from './authentication.ts';
import { type Order, submitView } from './order.ts';
import {
  type Asked,
  allOrders,
  balances,
  exchangeInfo,
  oneOrder,
  openOrders,
  orderBook,
  ownTrades,
  publicTrades,
  ticker,
} from './queries.ts';
import { type Reply, refused, success } from './replies.ts';
import type { RouteName } from './settings.ts';

export interface Route {
  readonly name: RouteName;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Lower case; REST paths are matched without regard to case. */
  readonly path: RegExp;
  /** What the key must be allowed; absent on public routes. */
  readonly permission?: Permission;
  readonly answer: (call: Call) => Answer;
}

/** A query with the parsed body and the path it came by. */
export interface Call extends Asked {
  readonly path: string;
  readonly body: unknown;
}

export interface Answer {
  readonly reply: Reply;
  /** The order this call created or cancelled. */
  readonly order?: Order;
  readonly isNew?: boolean;
}

const only = (query: (asked: Asked) => Reply) => (call: Call) => ({ reply: query(call) });

export const routes: readonly Route[] = [
  {
    name: 'server.time',
    method: 'GET',
    path: /^\/api\/v2\/server\/time$/,
    answer: only(serverTime),
  },
  { name: 'server.ping', method: 'GET', path: /^\/api\/v2\/server\/ping$/, answer: only(pong) },
  {
    name: 'exchangeinfo',
    method: 'GET',
    path: /^\/api\/v2\/server\/exchangeinfo$/,
    answer: only(exchangeInfo),
  },
  { name: 'ticker', method: 'GET', path: /^\/api\/v2\/ticker$/, answer: only(ticker) },
  { name: 'orderbook', method: 'GET', path: /^\/api\/v2\/orderbook$/, answer: only(orderBook) },
  { name: 'public.trades', method: 'GET', path: /^\/api\/v2\/trades$/, answer: only(publicTrades) },
  {
    name: 'balances',
    method: 'GET',
    path: /^\/api\/v1\/users\/balances$/,
    permission: 'funds',
    answer: only(balances),
  },
  {
    name: 'order.submit',
    method: 'POST',
    path: /^\/api\/v1\/order$/,
    permission: 'trade',
    answer: submit,
  },
  {
    name: 'order.cancel',
    method: 'DELETE',
    path: /^\/api\/v1\/order$/,
    permission: 'trade',
    answer: cancel,
  },
  {
    name: 'order.get',
    method: 'GET',
    path: /^\/api\/v1\/order\/\d{1,19}$/,
    permission: 'trade',
    answer: (call) => ({ reply: oneOrder(call, BigInt(call.path.split('/').pop() ?? '0')) }),
  },
  {
    name: 'openOrders',
    method: 'GET',
    path: /^\/api\/v1\/openorders$/,
    permission: 'trade',
    answer: only(openOrders),
  },
  {
    name: 'allOrders',
    method: 'GET',
    path: /^\/api\/v1\/allorders$/,
    permission: 'trade',
    answer: only(allOrders),
  },
  {
    name: 'trades',
    method: 'GET',
    path: /^\/api\/v1\/users\/transactions\/trade$/,
    permission: 'account',
    answer: only(ownTrades),
  },
];

export type Found =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'wrong'; readonly reply: Reply };

/** 404 for a wrong address, 405 for a wrong method. */
export function routed(method: string, path: string): Found {
  const lower = path.toLowerCase();
  const there = routes.filter((route) => route.path.test(lower));
  const route = there.find((candidate) => candidate.method === method);
  if (route !== undefined) return { kind: 'route', route };
  return { kind: 'wrong', reply: { status: there.length === 0 ? 404 : 405, body: '' } };
}

/** No envelope here: that is how the venue answers. */
function serverTime({ venueNow }: Asked): Reply {
  const text = new Date(venueNow).toISOString().replace('Z', '0000+00:00');
  return { status: 200, body: { serverTime: venueNow, serverTime2: text } };
}

function pong(): Reply {
  return { status: 200, body: { pong: true } };
}

function submit({ exchange, account, body }: Call): Answer {
  const submitted = exchange.submit(account, body);
  if (submitted.kind === 'refused') return { reply: refused(submitted.refusal) };
  const { order } = submitted;
  return { reply: acknowledged(order), order, isNew: true };
}

function acknowledged(order: Order): Reply {
  const reply = success(submitView(order));
  return { ...reply, body: { httpStatusCode: 200, ...(reply.body as object) } };
}

/** The id counts only in the query string; the answer carries none. */
function cancel({ exchange, account, query }: Call): Answer {
  const text = query.get('id') ?? '';
  const id = /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  const outcome = exchange.cancel(account, id);
  if ('message' in outcome) return { reply: refused(outcome) };
  return { reply: success(), order: outcome };
}
