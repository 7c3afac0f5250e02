import type { Clock, EpochMs } from '../crds/clock.ts';
import type { Journal, Stored } from './journal/journal.ts';
import { KILL } from './kill.ts';
import { type OrderBook, orderOf } from './order/book.ts';
import type { Order, OrderId } from './order/order.ts';
import { LOOK_BACK_MS } from './order/repeats.ts';
import type { Recent } from './recent.ts';
import type { Recorder } from './recorder.ts';
import type { PaperVenue } from './venues/paper.ts';
import type { Windows } from './windows.ts';

/** Memory is for the recent ones; older orders are read from the journal when asked for. */
const LOADED_MS = 3_600_000;

export interface RestoreParts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly book: OrderBook;
  readonly recorder: Recorder;
  readonly windows: Windows;
  readonly recent: Recent;
}

/**
 * Puts the journal's orders back: book, windows, figures of the last hour. An order that was in the
 * journal and perhaps on the wire when the process ended is unknown; a paper one was nowhere. Returns the orders
 * that somebody wants cancelled.
 */
export async function restore(parts: RestoreParts): Promise<readonly OrderId[]> {
  const { clock, journal, book, windows, recent } = parts;
  const now = { wall: clock.wall(), elapsed: clock.elapsed() };
  const stored = await journal.load((now.wall - LOADED_MS) as EpochMs);
  const byOrder = Map.groupBy(stored, ({ orderId }) => orderId);
  for (const { terms, at } of sends([...byOrder.values()], now.wall)) {
    windows.charge(terms, now.elapsed - (now.wall - at));
  }
  for (const events of byOrder.values()) {
    const order = orderOf(events);
    if (order === undefined) continue;
    book.adopt(order);
    recent.add(order);
  }
  for (const order of book.list()) await settle(order, parts.recorder);
  return [...byOrder].filter(([, events]) => events.some(isPromise)).map(([id]) => id);
}

/** A kill asks again by itself, as long as it is in force. */
const isPromise = ({ event }: Stored) => event.kind === 'cancel-asked' && event.by !== KILL;

/** When each order of the last hour left; one of which that is not known, when it was received. */
function sends(orders: readonly (readonly Stored[])[], now: EpochMs) {
  const found = orders.flatMap((events) => {
    const order = orderOf(events);
    if (order === undefined || order.state === 'dropped') return [];
    const at = events.find(({ event }) => event.kind === 'sent')?.at ?? order.terms.receivedAt;
    // A wall clock that was set back must not make room.
    return now - at < LOOK_BACK_MS ? [{ at: Math.min(at, now), terms: order.terms }] : [];
  });
  return found.sort((a, b) => a.at - b.at);
}

async function settle(order: Order, recorder: Recorder): Promise<void> {
  const { id, mode } = order.terms;
  const placed = {
    outcome: 'unknown',
    errorClass: 'network',
    latencyMs: 0,
    at: order.updatedAt,
  } as const;
  if (order.state !== 'received' && order.state !== 'sent') return;
  if (mode === 'paper') {
    const message = 'the executor was restarted before the order was sent';
    if (order.state === 'sent') {
      return recorder.record(id, { kind: 'rejected', errorClass: 'rejected', message });
    }
    const unsent = { ...placed, outcome: 'unsent', errorClass: 'gate' } as const;
    const event = { kind: 'dropped', code: 'RESTARTED', message } as const;
    return recorder.record(id, event, { kind: 'placed', placed: unsent });
  }
  const cause = 'the executor was restarted while the order was on its way';
  await recorder.record(id, { kind: 'lost', cause }, { kind: 'placed', placed });
}

/** Paper orders that rested rest again. */
export function restorePaper(book: OrderBook, paper: PaperVenue): void {
  for (const order of book.live()) {
    if (order.state === 'working' && order.terms.mode === 'paper') paper.restore(order);
  }
}
