import type { EpochMs } from '../../crds/clock.ts';
import type { OrderEvent, OrderId } from '../order/order.ts';
import type { AuditSummary, AuditWindow } from './audit.ts';

/** One line of the journal as it is written. `at` is UTC ms. */
export interface Entry {
  readonly at: EpochMs;
  readonly orderId: OrderId;
  readonly event: OrderEvent;
}

export interface Stored extends Entry {
  /** Strictly increasing over the life of the journal. */
  readonly sequence: number;
}

/** Refusals of one reason to one caller in one minute, to be added to what is there. */
export interface DenialCount {
  /** UTC ms of the minute's beginning. */
  readonly minute: number;
  readonly reason: string;
  readonly caller: string;
  readonly count: number;
}

/** A part of the journal for people and archives. */
export interface ExportPage {
  /** JSON lines, each ended by a line break. */
  readonly lines: string;
  /** The sequence of the last one, to go on from; null at the end. */
  readonly last: number | null;
}

/** Where orders are written before they leave. Append-only; every adapter is asynchronous. */
export interface Journal {
  /**
   * Resolves once all of it is durable, in one piece. Rejects when that is not so in time: a receipt
   * (`received`) is then not in the journal, and is taken back should it turn out to be; anything
   * else has happened already and is written as soon as it can be.
   *
   * A receipt binds its order's key. Is that bound already, everything about the order that has it
   * is returned and nothing was written; otherwise an empty list.
   */
  append(entries: readonly Entry[]): Promise<readonly Stored[]>;
  /** Everything about orders received since `since`, and about older ones not yet finished. */
  load(since: EpochMs): Promise<readonly Stored[]>;
  /** The same look-up for who does not (yet) ask to send anything; empty when there is none. */
  bound(scope: string): Promise<readonly Stored[]>;
  /** Everything about one order; empty when it is not known. */
  order(id: OrderId): Promise<readonly Stored[]>;
  /** What the orders received in a window came to; summed up where the journal is, not here. */
  audit(window: AuditWindow): Promise<AuditSummary>;
  /** Adds up refusals of guards; they bind nothing, so they are counted, not told one by one. */
  tally(counts: readonly DenialCount[]): Promise<void>;
  /** What was written after a sequence, a page of it. */
  export(after: number): Promise<ExportPage>;
  /** Removes some finished orders without an event since `before`; returns how many, 0 at the end. */
  prune(before: EpochMs): Promise<number>;
  /** Why nothing can be written any more, ever; undefined while that is not so. */
  readonly broken: Error | undefined;
  close(): Promise<void>;
}

/** What an idempotency key is bound to: this executor's journal, the caller, the key. */
export const scopeOf = (caller: string, key: string): string => `${caller}\n${key}`;
