import type { Mode, TradingExecutorSpec } from '../../crds/trading-executor.ts';
import { TRICKLE } from '../../crds/venue-limits.ts';
import type { GateView } from '../gate/gate.ts';
import type { DriftReading } from '../market/drift.ts';
import type { InstrumentReading } from '../market/instrument.ts';
import type { Session } from '../market/session.ts';
import type { Amount } from '../order/amount.ts';
import type { Likeness } from '../order/repeats.ts';
import type { PlaceRequest } from '../order/request.ts';
import type { VenueHold } from '../venues/market.ts';
import type { Denial } from './denial.ts';

/** What a guard may look at: the order, and the desk at this very moment. */
export interface Proposal {
  readonly request: Omit<PlaceRequest, 'dryRun'>;
  /** The mode it was accepted under. */
  readonly mode: Mode;
  /** In TRY, or why it cannot be told. */
  readonly notional: Amount | Denial;
  /** A fresh price of the symbol in its own quote currency. */
  readonly reference: Amount | undefined;
  /** The venue's rules of the symbol. */
  readonly instrument: InstrumentReading;
  /** Of the symbol's market, at this moment. */
  readonly session: Session;
  /** Milliseconds since receipt. */
  readonly ageMs: number;
}

/** One sliding window as a guard sees it. */
export interface Usage {
  readonly used: Amount;
  waitMs(amount: Amount, limit: Amount): number;
}

/** Orders of one likeness in the span that ends now. */
export interface Repeated {
  count(order: Likeness, withinMs: number): number;
  /** Milliseconds until fewer than `max` are left. */
  waitMs(order: Likeness, rule: { readonly max: number; readonly withinMs: number }): number;
}

export interface Desk {
  readonly gate: GateView;
  readonly spec: TradingExecutorSpec;
  readonly limits: Limits;
  readonly whitelist: readonly string[];
  readonly drift: DriftReading;
  readonly ordersPerMinute: Usage;
  readonly notionalPerSecond: Usage;
  /** How often the like of an order left, or is about to. */
  readonly repeats: Repeated;
  /** Open, in flight, queued and unknown. */
  readonly open: { readonly orders: number; readonly notional: Amount };
  /** Why the venue must not be sent an order now. */
  readonly venueHold: VenueHold | undefined;
  /** Of the volume the journal is on, 0 to 1; undefined while that is not known. */
  readonly diskFree: number | undefined;
}

/** The caps in force: spec.limits, tightened by trickle. */
export interface Limits {
  readonly maxOrdersPerMinute: number;
  readonly maxNotionalTryPerSecond: number;
  readonly maxConcurrency: number;
}

export type Guard = (proposal: Proposal, desk: Desk) => Denial | undefined;

export function limitsOf(spec: TradingExecutorSpec, mode: Mode): Limits {
  const { maxOrdersPerMinute, maxNotionalTryPerSecond, maxConcurrency } = spec.limits;
  if (mode !== 'trickle') return { maxOrdersPerMinute, maxNotionalTryPerSecond, maxConcurrency };
  return {
    maxOrdersPerMinute: Math.min(maxOrdersPerMinute, TRICKLE.maxOrdersPerMinute),
    maxNotionalTryPerSecond: Math.min(maxNotionalTryPerSecond, TRICKLE.maxNotionalTryPerSecond),
    maxConcurrency,
  };
}
