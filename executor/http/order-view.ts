import { type DenialCode, httpStatus } from '../guards/denial.ts';
import { type Amount, decimal } from '../order/amount.ts';
import type { Order } from '../order/order.ts';

const iso = (at: number): string => new Date(at).toISOString();
const text = (amount: Amount | undefined): string | undefined =>
  amount === undefined ? undefined : decimal(amount);

/** An order as callers see it: decimal strings, RFC 3339. */
export function orderView(order: Order) {
  const { terms, placed, state } = order;
  const isAtVenue = state === 'working' || state === 'filled' || state === 'canceled';
  return {
    id: terms.id,
    idempotencyKey: terms.key,
    caller: terms.caller,
    symbol: terms.symbol,
    side: terms.side,
    type: terms.type,
    quantity: text(terms.quantity),
    quoteQuantity: text(terms.quoteQuantity),
    price: text(terms.price),
    notionalTry: decimal(terms.notionalTry),
    mode: terms.mode,
    state,
    venueId: isAtVenue ? order.venueId : undefined,
    filled: isAtVenue ? decimal(order.filled) : '0',
    reason: reasonOf(order),
    placeOutcome: placed && {
      outcome: placed.outcome,
      errorClass: placed.errorClass,
      placeLatencyS: placed.latencyMs / 1_000,
      at: iso(placed.at),
    },
    receivedAt: iso(terms.receivedAt),
    updatedAt: iso(order.updatedAt),
  };
}

function reasonOf(order: Order): { code: string; message: string } | undefined {
  if (order.state === 'dropped') return { code: order.code, message: order.message };
  if (order.state === 'rejected') return { code: order.errorClass, message: order.message };
  if (order.state === 'unknown') return { code: 'UNKNOWN', message: order.cause };
  return undefined;
}

export type PlaceBody =
  | { readonly status: 201 | 202; readonly ok: true }
  | {
      readonly status: number;
      readonly ok: false;
      readonly code: DenialCode | 'VENUE_REJECTED';
      readonly message: string;
    };

/** The answer to POST /place for an order in its present state. */
export function placeBody(order: Order): PlaceBody {
  switch (order.state) {
    case 'working':
    case 'filled':
    case 'canceled':
      return { status: 201, ok: true };
    case 'received':
    case 'sent':
    case 'unknown':
    case 'presumed-absent':
      return { status: 202, ok: true };
    case 'rejected': {
      const message = `the venue refused the order: ${order.message}`;
      return { status: 422, ok: false, code: 'VENUE_REJECTED', message };
    }
    case 'dropped': {
      const { code, message } = order;
      return { status: httpStatus[code], ok: false, code, message };
    }
    default:
      return order satisfies never;
  }
}
