import type { Clock, EpochMs } from '../crds/clock.ts';
import { durationMs } from '../crds/duration.ts';
import type { TradingExecutorSpec } from '../crds/trading-executor.ts';
import type { Cancel } from './cancel.ts';
import type { OrderBook } from './order/book.ts';
import type { Order } from './order/order.ts';

export interface TimeToLiveParts {
  readonly clock: Clock;
  readonly spec: () => TradingExecutorSpec | undefined;
  readonly book: OrderBook;
  readonly cancel: Cancel;
}

/** Who asked for a cancel, in the journal. */
const TIME_TO_LIVE = 'time-to-live';
const CHECK_MS = 1_000;

/** Cancels orders that have rested for spec.orders.timeToLive, as a promise that is kept. */
export async function limitLives(parts: TimeToLiveParts, signal: AbortSignal): Promise<void> {
  const { clock, spec, book, cancel } = parts;
  while (!signal.aborted) {
    await clock.after(CHECK_MS, signal).catch(() => undefined);
    const { timeToLive } = spec()?.orders ?? {};
    if (timeToLive === undefined || signal.aborted) continue;
    const due = overdue(book.live(), { ms: durationMs(timeToLive), now: clock.wall() });
    for (const order of due) cancel.promise(order, TIME_TO_LIVE);
  }
}

/** By wall time since receipt: a restart does not lengthen a life. Pure. */
export function overdue(
  orders: readonly Order[],
  { ms, now }: { readonly ms: number; readonly now: EpochMs },
): readonly Order[] {
  return orders.filter(({ state, terms }) => state === 'working' && now - terms.receivedAt >= ms);
}
