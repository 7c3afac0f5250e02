import { classify, type ExchangeErrorCode, exchangeErrorCode } from './classify.ts';
import type { WireReply } from './exchange.ts';

/** Routes of the venue that are called, and the labels they are counted under. */
export const routes = {
  'order.submit': { method: 'POST', path: '/api/v1/order' },
  'order.cancel': { method: 'DELETE', path: '/api/v1/order' },
  'order.get': { method: 'GET', path: '/api/v1/order/{id}' },
  openOrders: { method: 'GET', path: '/api/v1/openOrders' },
  allOrders: { method: 'GET', path: '/api/v1/allOrders' },
  balances: { method: 'GET', path: '/api/v1/users/balances' },
  ticker: { method: 'GET', path: '/api/v2/ticker' },
  exchangeinfo: { method: 'GET', path: '/api/v2/server/exchangeinfo' },
  'server.time': { method: 'GET', path: '/api/v2/server/time' },
  'server.ping': { method: 'GET', path: '/api/v2/server/ping' },
} as const;
export type Route = keyof typeof routes;

/** Counts what came back from the venue. */
export interface Meter {
  count(route: Route, reply: WireReply): void;
}

export interface Counted {
  /** HTTP status, or `error` when there was no answer. */
  readonly status: string;
  readonly code: ExchangeErrorCode | undefined;
}

/** What one reply counts as; undefined when nothing was sent. */
export function counted(reply: WireReply): Counted | undefined {
  if (reply.kind === 'refused') return undefined;
  const status = reply.kind === 'answer' ? String(reply.status) : 'error';
  return { status, code: exchangeErrorCode(classify(reply).errorClass) };
}
