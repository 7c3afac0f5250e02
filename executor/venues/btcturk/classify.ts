import type { ErrorClass } from '../../order/order.ts';
import type { PlaceReply } from '../venue.ts';
import type { WireReply } from './exchange.ts';
import { type Body, orderId, parseBody } from './replies.ts';

/** Label of spark_exchange_errors_total. */
export const exchangeErrorCodes = [
  'INVALID_NONCE',
  'UNAUTHORIZED',
  'TOO_MANY_REQUESTS',
  'REJECTED',
  'HTTP_5XX',
  'TIMEOUT',
  'NETWORK',
  'UNPARSABLE',
] as const;
export type ExchangeErrorCode = (typeof exchangeErrorCodes)[number];

const codes: Readonly<Record<Exclude<ErrorClass, 'none' | 'gate'>, ExchangeErrorCode>> = {
  nonce: 'INVALID_NONCE',
  unauthorized: 'UNAUTHORIZED',
  '429': 'TOO_MANY_REQUESTS',
  rejected: 'REJECTED',
  '5xx': 'HTTP_5XX',
  timeout: 'TIMEOUT',
  network: 'NETWORK',
  unparsable: 'UNPARSABLE',
};

export const exchangeErrorCode = (errorClass: ErrorClass): ExchangeErrorCode | undefined =>
  errorClass === 'none' || errorClass === 'gate' ? undefined : codes[errorClass];

export interface Classified {
  readonly errorClass: ErrorClass;
  readonly message: string;
  /** Present when the body was JSON. */
  readonly body?: Body;
}

/** Statuses with which the venue says, for certain, that it took no order. */
const DEFINITE = new Set([400, 401, 405, 415, 422, 429]);

/**
 * What an answer means: HTTP status first, then the message; never `success` (true in 401 bodies)
 * and never the code (overloaded, and shifted for two years).
 */
export function classify(reply: Exclude<WireReply, { kind: 'refused' }>): Classified {
  if (reply.kind === 'lost') return { errorClass: reply.cause, message: reply.message };
  if (reply.kind === 'not-written') return { errorClass: 'network', message: reply.message };
  const { status, text } = reply;
  const body = parseBody(text);
  const message = body?.message || `HTTP ${status}`;
  const rest = { message, ...(body === undefined ? {} : { body }) };
  if (status === 401) {
    return { errorClass: /invalid nonce/i.test(message) ? 'nonce' : 'unauthorized', ...rest };
  }
  if (status === 429) return { errorClass: '429', ...rest };
  if (status >= 500) return { errorClass: '5xx', ...rest };
  if (body === undefined) return { errorClass: 'unparsable', message: `HTTP ${status}, not JSON` };
  return { errorClass: status === 200 ? 'none' : 'rejected', ...rest };
}

/** What became of a submit. Whatever is not certain is unknown. */
export function placeReply(reply: WireReply): PlaceReply {
  if (reply.kind === 'refused') return { kind: 'gated' };
  if (reply.kind === 'not-written') return { kind: 'not-sent', message: reply.message };
  const { errorClass, message, body } = classify(reply);
  if (reply.kind === 'answer') {
    const isEmpty401 = reply.status === 401 || reply.status === 429;
    if (DEFINITE.has(reply.status) && (body !== undefined || isEmpty401)) {
      const { retryAfterMs } = reply;
      const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
      return { kind: 'rejected', errorClass, message, ...wait };
    }
    const venueId = reply.status === 200 ? orderId(body?.data) : undefined;
    if (venueId !== undefined) {
      return { kind: 'acked', view: { venueId, status: 'open', filled: 0n as never } };
    }
  }
  const known = errorClass === 'none' ? 'unparsable' : errorClass;
  return { kind: 'unknown', errorClass: known, message };
}
