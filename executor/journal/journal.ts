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

/** Where orders are written before they leave. Append-only; every adapter is asynchronous. */
export interface Journal {
  /** Resolves once all of it is durable, in one piece; rejects when none of it is. */
  append(entries: readonly Entry[]): Promise<void>;
  /** Everything about orders received since `since`, and about older ones not yet finished. */
  load(since: EpochMs): Promise<readonly Stored[]>;
  /** Everything about the order bound to an idempotency scope; empty when there is none. */
  bound(scope: string): Promise<readonly Stored[]>;
  /** Everything about one order; empty when it is not known. */
  order(id: OrderId): Promise<readonly Stored[]>;
  /** What the orders received in a window came to; summed up where the journal is, not here. */
  audit(window: AuditWindow): Promise<AuditSummary>;
  close(): Promise<void>;
}

/** What an idempotency key is bound to: this executor's journal, the caller, the key. */
export const scopeOf = (caller: string, key: string): string => `${caller}\n${key}`;
