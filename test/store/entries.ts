import type { EpochMs } from '../../crds/clock.ts';
import type { Entry } from '../../executor/journal/journal.ts';
import { whole } from '../../executor/order/amount.ts';
import type { OrderEvent, OrderId, PlaceOutcome, Terms } from '../../executor/order/order.ts';

/** 2026-01-01T00:00:00Z */
export const NOW = 1_767_225_600_000 as EpochMs;

export interface Told extends Partial<Pick<PlaceOutcome, 'outcome' | 'errorClass' | 'latencyMs'>> {
  readonly at?: number;
  readonly mode?: Terms['mode'];
  readonly key?: string;
}

/** The receipt of an order named `id`. */
export function received(id: string, { at = NOW, mode = 'live', key = id }: Told = {}) {
  const terms: Terms = {
    ...{ id: id as OrderId, caller: 'n:1', key, bodyHash: 'h', symbol: 'BTCTRY', side: 'buy' },
    ...{ type: 'limit', quantity: whole(1), price: whole(7), mode },
    ...{ notionalTry: whole(7), receivedAt: at as EpochMs },
  };
  return { at: terms.receivedAt, orderId: terms.id, event: { kind: 'received', terms } as const };
}

export const later = (id: string, event: OrderEvent, at: number = NOW): Entry => ({
  ...{ at: at as EpochMs, orderId: id as OrderId, event },
});

/** What the journal holds of one order; without an outcome it is still on its way. */
export function anOrder(id: string, { at = NOW - 1, ...told }: Told): Entry[] {
  const receipt = received(id, { ...told, at });
  const { outcome, errorClass = 'none', latencyMs = 0 } = told;
  if (outcome === undefined) return [receipt];
  const placed = { outcome, errorClass, latencyMs, at: receipt.at };
  return [receipt, later(id, { kind: 'placed', placed }, at)];
}

export const rejected = { kind: 'rejected', errorClass: 'rejected', message: '' } as const;
