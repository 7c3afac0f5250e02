import { Registry } from 'prom-client';
import type { EpochMs } from '../../crds/clock.ts';
import { nothingSeen } from '../../executor/gate/sight.ts';
import type { Journal, Stored } from '../../executor/journal/journal.ts';
import type { Journey } from '../../executor/journey.ts';
import { executorLog } from '../../executor/log.ts';
import { whole } from '../../executor/order/amount.ts';
import { OrderBook } from '../../executor/order/book.ts';
import type { Order, OrderId, Terms } from '../../executor/order/order.ts';
import { ReconcileMetrics } from '../../executor/reconcile/mismatches.ts';
import { reconciliation } from '../../executor/reconcile/reconciliation.ts';
import { Recorder } from '../../executor/recorder.ts';
import { noVenue } from '../../executor/venues/none.ts';
import { type HistoryStart, VenueFailure, type VenueOrder } from '../../executor/venues/venue.ts';
import { ManualClock } from '../support/manual-clock.ts';

export const id = 'o' as OrderId;
export const HOUR = 3_600_000;

export function termsOf(orderId: string, receivedAt: number): Terms {
  return {
    ...{ id: orderId as OrderId, caller: 'c', key: orderId, bodyHash: 'h', symbol: 'BTCTRY' },
    ...{ side: 'buy', type: 'limit', quantity: whole(1), price: whole(1), mode: 'live' },
    ...{ notionalTry: whole(1), receivedAt: receivedAt as EpochMs },
  };
}

/** One unknown order at a venue that tests can speak for. */
export function aDesk(before: (now: EpochMs) => readonly Order[] = () => []) {
  const clock = new ManualClock();
  const book = new OrderBook();
  const venue = {
    ...{ history: [] as VenueOrder[], open: [] as VenueOrder[], isDown: false, fails: false },
    starts: [] as HistoryStart[],
  };
  const answer = (orders: VenueOrder[], isDown: boolean) =>
    isDown ? Promise.reject(new VenueFailure('down')) : Promise.resolve(orders);
  const log = executorLog({}, { write: () => undefined });
  const old: Record<string, readonly Stored[]> = {};
  const journal = {
    append: async () => undefined,
    order: async (one: string) => old[one] ?? [],
  } as unknown as Journal;
  const recorder = new Recorder({
    ...{ clock, book, journal, log, gate: { sight: nothingSeen } },
    onEvent: () => undefined,
    onIllegal: () => undefined,
  });
  const registry = new Registry();
  const { follow, account } = reconciliation({
    ...{ clock, book, recorder, log, journal, metrics: new ReconcileMetrics(registry) },
    ...{
      mode: () => 'live' as const,
      declared: () => 'live' as const,
      canAsk: () => true,
      onStrays: () => undefined,
    },
    journey: { isUnderway: () => false } as unknown as Journey,
    venue: {
      ...noVenue,
      openOrders: () => answer(venue.open, venue.isDown),
      history: (_symbol, start) => {
        venue.starts.push(start);
        return answer(venue.history, venue.isDown || venue.fails);
      },
    },
  });
  for (const order of before(clock.wall())) book.adopt(order);
  const updatedAt = clock.wall();
  book.adopt({
    terms: termsOf(id, updatedAt),
    state: 'unknown',
    since: updatedAt,
    cause: '',
    updatedAt,
  });
  const mismatches = async (kind: string) =>
    (await registry.metrics()).includes(`spark_reconcile_mismatches_total{kind="${kind}"} 1`);
  return { clock, book, venue, follow, account, old, mismatches };
}

export type Desk = ReturnType<typeof aDesk>;

/** Lets it follow for `ms`. */
export async function during({ clock, follow }: Desk, ms: number): Promise<void> {
  const stop = new AbortController();
  const running = follow.run(stop.signal);
  await clock.advance(ms);
  stop.abort(new Error('done'));
  await running;
}

export function row(venueId: string, change: Partial<VenueOrder['view']> = {}, at = 0): VenueOrder {
  const detail = { side: 'buy', type: 'limit', quantity: whole(1), price: whole(1), at } as const;
  const view = { venueId, status: 'open', filled: whole(0), ...change } as const;
  return { clientId: id, symbol: 'BTCTRY', view, detail };
}
