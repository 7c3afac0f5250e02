import type { OrderEvent, PlaceOutcome } from '../order/order.ts';
import { eventText } from './entry-text.ts';
import { type Entry, scopeOf } from './journal.ts';

/** An entry as both adapters store it: the event as text, and what is looked up beside it. */
export interface Row {
  readonly at: number;
  readonly orderId: string;
  readonly kind: OrderEvent['kind'];
  readonly body: string;
  /** Only on `received`. */
  readonly scope: string | null;
  readonly mode: string | null;
  /** Only on `placed`. */
  readonly placed: Pick<PlaceOutcome, 'outcome' | 'errorClass' | 'latencyMs'> | null;
  /** Whether anything more is expected of the order; null leaves it as it was. */
  readonly final: boolean | null;
}

export interface StoredRow {
  readonly sequence: number;
  readonly at: number;
  readonly orderId: string;
  readonly body: string;
}

export function rowOf({ at, orderId, event }: Entry): Row {
  const terms = event.kind === 'received' ? event.terms : undefined;
  return {
    at,
    orderId,
    kind: event.kind,
    body: eventText(event),
    scope: terms === undefined ? null : scopeOf(terms.caller, terms.key),
    mode: terms?.mode ?? null,
    placed: event.kind === 'placed' ? event.placed : null,
    final: isFinal(event),
  };
}

/** Asks for leave to send. Everything else has happened, whether or not it can be written down. */
export const isReceipt = (rows: readonly Row[]): boolean =>
  rows.some(({ kind }) => kind === 'received');

/** The keys that an append binds. */
export const scopesOf = (rows: readonly Row[]): readonly string[] =>
  rows.flatMap(({ scope }) => scope ?? []);

/** Whether anything more is expected of the order; null when the event does not say. */
function isFinal(event: OrderEvent): boolean | null {
  switch (event.kind) {
    case 'dropped':
    case 'rejected':
    case 'unwatched':
      return true;
    case 'seen':
      return event.view.status !== 'open';
    case 'sent':
    case 'lost':
    case 'presumed-absent':
      return false;
    case 'received':
    case 'cancel-asked':
    case 'placed':
      return null;
    default:
      return event satisfies never;
  }
}
