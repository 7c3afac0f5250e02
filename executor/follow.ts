import type { Clock } from '../crds/clock.ts';
import type { Journey } from './journey.ts';
import type { Log } from './log.ts';
import type { OrderBook } from './order/book.ts';
import type { Order, OrderId, VenueView } from './order/order.ts';
import type { Recorder } from './recorder.ts';
import { type Venue, VenueFailure, type VenueOrder } from './venues/venue.ts';

export interface FollowParts {
  readonly clock: Clock;
  readonly venue: Venue;
  readonly book: OrderBook;
  readonly journey: Journey;
  readonly recorder: Recorder;
  readonly keyRefused: () => boolean;
  readonly log: Log;
}

/** A quiet order is looked at this often; something unknown sooner, then less and less. */
const PERIOD_MS = 2_000;
const FAILURE_WAIT_MAX_MS = 30_000;
/** Looks before an order nobody has seen counts as never taken. */
const LOOKS_MIN = 3;
const LOOKED_FOR_MS = 120_000;
/** An order may be stamped a little before we wrote it down. */
const HISTORY_MARGIN_MS = 60_000;

/** SPINE of the follow-up: asks the venue what became of real orders; never sends one again. */
export class Follow {
  readonly #parts: FollowParts;
  readonly #looks = new Map<OrderId, { count: number; readonly since: number; nextAt: number }>();
  #wake = Promise.withResolvers<void>();

  constructor(parts: FollowParts) {
    this.#parts = parts;
  }

  /** Until aborted: a pass whenever there is something to follow. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, keyRefused } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      const waitMs = Math.min(PERIOD_MS * 2 ** failures, FAILURE_WAIT_MAX_MS);
      const pause = new AbortController();
      const timer = clock.after(waitMs, AbortSignal.any([signal, pause.signal]));
      await Promise.race([timer.catch(() => undefined), this.#wake.promise]);
      pause.abort(new Error('woken'));
      this.#wake = Promise.withResolvers<void>();
      if (signal.aborted || keyRefused() || this.#followed().length === 0) continue;
      try {
        await this.pass();
        failures = 0;
      } catch (fault) {
        if (!(fault instanceof VenueFailure)) throw fault;
        failures += 1;
        log.warn({ err: fault }, 'the venue does not say how orders stand; asking again');
      }
    }
  }

  /** The next pass begins now. */
  wake(): void {
    this.#wake.resolve();
  }

  /** One comparison with the venue, begun now. Throws VenueFailure when it could not be completed. */
  async pass(): Promise<void> {
    const { venue, book, recorder } = this.#parts;
    const followed = this.#followed();
    const open = await venue.openOrders();
    const byClientId = new Map(open.map((order) => [order.clientId, order]));
    const lost: Order[] = [];
    for (const order of followed) {
      const found = byClientId.get(order.terms.id);
      if (found !== undefined) await this.#saw(order, found.view);
      else if (order.state === 'working') {
        const one = await venue.order(order.venueId);
        if (one !== undefined) await this.#saw(order, one.view);
      } else lost.push(order);
    }
    // Given up on, and there after all.
    for (const { clientId, view } of open) {
      const order = book.get(clientId as OrderId);
      if (order?.state === 'absent') await recorder.record(order.terms.id, { kind: 'seen', view });
    }
    await this.#lookFor(lost);
  }

  #followed(): readonly Order[] {
    const { book, journey } = this.#parts;
    return book
      .live()
      .filter(({ terms }) => terms.mode !== 'paper' && !journey.isUnderway(terms.id));
  }

  async #lookFor(lost: readonly Order[]): Promise<void> {
    const { clock, venue } = this.#parts;
    const now = clock.elapsed();
    const due = lost.filter(({ terms }) => (this.#looks.get(terms.id)?.nextAt ?? 0) <= now);
    for (const [symbol, orders] of Map.groupBy(due, ({ terms }) => terms.symbol)) {
      const since = Math.min(...orders.map(({ terms }) => terms.receivedAt)) - HISTORY_MARGIN_MS;
      const history = await venue.history(symbol, since);
      for (const order of orders) await this.#compare(order, history);
    }
  }

  async #compare(order: Order, history: readonly VenueOrder[]): Promise<void> {
    const { clock, recorder, log } = this.#parts;
    const { id } = order.terms;
    const found = history.find(({ clientId }) => clientId === id);
    if (found !== undefined) {
      this.#looks.delete(id);
      log.info({ orderId: id, venueId: found.view.venueId }, 'an unknown order was found');
      return this.#saw(order, found.view);
    }
    const now = clock.elapsed();
    const looks = this.#looks.get(id) ?? { count: 0, since: now, nextAt: 0 };
    looks.count += 1;
    looks.nextAt = now + Math.min(PERIOD_MS * looks.count, FAILURE_WAIT_MAX_MS);
    this.#looks.set(id, looks);
    if (looks.count < LOOKS_MIN || now - looks.since < LOOKED_FOR_MS) return;
    this.#looks.delete(id);
    log.warn({ orderId: id, looks: looks.count }, 'an unknown order is presumed absent');
    await recorder.record(id, { kind: 'absent' });
  }

  async #saw(order: Order, view: VenueView): Promise<void> {
    const current = this.#parts.book.get(order.terms.id);
    if (current === undefined || isAsKnown(current, view)) return;
    // In the book at once: a journal that stalls does not hold up who waits to see us flat.
    void this.#parts.recorder.record(order.terms.id, { kind: 'seen', view });
  }
}

function isAsKnown(order: Order, view: VenueView): boolean {
  if (order.state === 'working') return view.status === 'open' && order.filled === view.filled;
  if (order.state === 'filled') return true;
  return order.state === 'canceled' && view.status === 'canceled' && order.filled === view.filled;
}
