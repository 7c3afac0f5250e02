import type { Amount } from '../order/amount.ts';
import type { ErrorClass, OrderId, Side, Terms, VenueView } from '../order/order.ts';

/**
 * Asked by the adapter on the very loop turn that writes the order's bytes. True: it may leave, and
 * has been counted. False: nothing may be written.
 */
export type LastGate = () => boolean;

/** What became of one submit. */
export type PlaceReply =
  | { readonly kind: 'acked'; readonly view: VenueView }
  | {
      readonly kind: 'rejected';
      readonly errorClass: ErrorClass;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** Bytes left and nobody knows what they did. */
  | { readonly kind: 'unknown'; readonly errorClass: ErrorClass; readonly message: string }
  /** No byte of the order left. */
  | {
      readonly kind: 'not-sent';
      readonly message: string;
      readonly code?: 'VENUE_UNREACHABLE' | 'VENUE_BREAKER_OPEN';
    }
  /** The last gate said no; no byte left. */
  | { readonly kind: 'gated' };

export type CancelReply =
  /** Accepted or already over; the order's own state tells which. */
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** `rejected`: it is about this order alone; anything else is about the venue. */
      readonly errorClass?: ErrorClass;
      readonly retryAfterMs?: number;
    };

/** One order as the venue tells it. */
export interface VenueOrder {
  readonly clientId: string | undefined;
  readonly symbol: string;
  readonly view: VenueView;
  readonly detail?: VenueDetail;
}

/** What the venue shows of an order besides its fate, as far as it can be read. */
export interface VenueDetail {
  readonly side: Side | undefined;
  readonly type: string;
  /** As it was sent: quote currency for a market buy. */
  readonly quantity: Amount | undefined;
  readonly price: Amount | undefined;
  /** UTC ms; 0 where the venue leaves it out. */
  readonly at: number;
}

/** Where a reading of the history begins. */
export interface HistoryStart {
  /** UTC ms. */
  readonly since: number;
  /** An order of the symbol that is surely older than what is looked for. */
  readonly from?: string;
}

export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

/** The venue did not answer a question, or not in a way that can be used. */
export class VenueFailure extends Error {
  override readonly name = 'VenueFailure';
}

/** One venue. Questions throw VenueFailure; what was done to an order is a value. */
export interface Venue {
  /** `lane` is the caller's slot: calls in different lanes do not wait for each other. */
  place(terms: Terms, lane: number, gate: LastGate): Promise<PlaceReply>;
  cancel(order: { readonly id: OrderId; readonly venueId: string }): Promise<CancelReply>;
  /** All open orders of the account, ours and others'. */
  openOrders(): Promise<readonly VenueOrder[]>;
  order(venueId: string): Promise<VenueOrder | undefined>;
  /** Orders of one symbol, complete from `start` on; throws rather than leave one out. */
  history(symbol: string, start: HistoryStart): Promise<readonly VenueOrder[]>;
  balances(): Promise<readonly Balance[]>;
  close(): Promise<void>;
}
