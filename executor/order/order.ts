import type { EpochMs } from '../../crds/clock.ts';
import type { Mode } from '../../crds/trading-executor.ts';
import type { DenialCode } from '../guards/denial.ts';
import type { Amount } from './amount.ts';

export type OrderId = string & { readonly __brand: 'OrderId' };
export type Side = 'buy' | 'sell';

/** What was asked for. Never changes; journalled before anything leaves. */
export interface Terms {
  /** Ours, and the client id shown to the venue. */
  readonly id: OrderId;
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly caller: string;
  readonly key: string;
  /** Of the parsed body: the same key with another hash is a conflict. */
  readonly bodyHash: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: 'limit' | 'market';
  /** Base amount; absent for a market buy. */
  readonly quantity?: Amount;
  /** Quote amount to spend; only for a market buy. */
  readonly quoteQuantity?: Amount;
  readonly price?: Amount;
  /** The effective mode when it was accepted; cancel, look-up and reconcile follow it. */
  readonly mode: Mode;
  readonly notionalTry: Amount;
  readonly receivedAt: EpochMs;
}

/** Why an answer was not a plain yes; the label of metrics and audit. */
export type ErrorClass =
  | 'none'
  | 'rejected'
  | 'nonce'
  | 'unauthorized'
  | '429'
  | '5xx'
  | 'timeout'
  | 'network'
  | 'unparsable'
  | 'gate';

export const errorClasses = [
  'none',
  'rejected',
  'nonce',
  'unauthorized',
  '429',
  '5xx',
  'timeout',
  'network',
  'unparsable',
  'gate',
] as const satisfies readonly ErrorClass[];

export const outcomes = ['acked', 'rejected', 'unknown', 'unsent'] as const;
export type Outcome = (typeof outcomes)[number];

/** How placing went, once and for all; the order's later life does not touch it. */
export interface PlaceOutcome {
  readonly outcome: Outcome;
  readonly errorClass: ErrorClass;
  /** Receipt to answer, monotonic milliseconds. */
  readonly latencyMs: number;
  readonly at: EpochMs;
}

export type OrderState =
  /** In the journal and waiting for its turn: no byte has left. */
  | { readonly state: 'received' }
  /** We dropped it at the last gate, or nothing could be written: it never left. */
  | { readonly state: 'dropped'; readonly code: DenialCode; readonly message: string }
  | { readonly state: 'sent'; readonly sentAt: EpochMs }
  /** It may be at the venue. Ask; never send again. */
  | { readonly state: 'unknown'; readonly since: EpochMs; readonly cause: string }
  | { readonly state: 'working'; readonly venueId: string; readonly filled: Amount }
  | { readonly state: 'filled'; readonly venueId: string; readonly filled: Amount }
  | { readonly state: 'canceled'; readonly venueId: string; readonly filled: Amount }
  | { readonly state: 'rejected'; readonly errorClass: ErrorClass; readonly message: string }
  /** Looked for long enough and not found; adopted should it turn up, and looked for while watched. */
  | { readonly state: 'presumed-absent'; readonly since: EpochMs; readonly watched: boolean };

export type Order = {
  readonly terms: Terms;
  readonly updatedAt: EpochMs;
  readonly placed?: PlaceOutcome;
} & OrderState;

export type StateName = OrderState['state'];

/** The venue's word on one order, however it was obtained. */
export interface VenueView {
  readonly venueId: string;
  readonly status: 'open' | 'filled' | 'canceled';
  readonly filled: Amount;
}

/** `incident`: the one whose latch was in force. */
export type OrderEvent =
  | { readonly kind: 'received'; readonly terms: Terms }
  | {
      readonly kind: 'dropped';
      readonly code: DenialCode;
      readonly message: string;
      readonly incident?: string;
    }
  | { readonly kind: 'sent' }
  | { readonly kind: 'lost'; readonly cause: string }
  | { readonly kind: 'rejected'; readonly errorClass: ErrorClass; readonly message: string }
  | { readonly kind: 'seen'; readonly view: VenueView }
  | { readonly kind: 'presumed-absent' }
  /** It was watched for long enough after that; nobody looks for it any more. */
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'cancel-asked'; readonly by: string; readonly incident?: string }
  | { readonly kind: 'placed'; readonly placed: PlaceOutcome };

/** States in which the venue may still trade it. */
export const isLive = (order: Order): boolean =>
  order.state === 'sent' || order.state === 'unknown' || order.state === 'working';
