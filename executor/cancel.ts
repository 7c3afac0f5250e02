import type { Clock } from '../crds/clock.ts';
import type { Journey } from './journey.ts';
import type { Pace } from './lanes/pace.ts';
import type { Log } from './log.ts';
import type { OrderBook } from './order/book.ts';
import type { Order, OrderId } from './order/order.ts';
import type { Recorder } from './recorder.ts';
import type { Venue, VenueOrder } from './venues/venue.ts';

export interface CancelParts {
  readonly clock: Clock;
  readonly book: OrderBook;
  readonly journey: Journey;
  readonly recorder: Recorder;
  /** Shared by every cancel of this address: the venue's budget is 10 a second. */
  readonly pace: Pace;
  readonly venueFor: (order: Order) => Venue;
  readonly real: Venue;
  readonly wakeFollow: () => void;
  readonly log: Log;
}

export type CancelAnswer =
  | { readonly kind: 'requested'; readonly order: Order }
  /** It never left and now never will. */
  | { readonly kind: 'withdrawn'; readonly order: Order }
  /** Nothing is left to cancel. */
  | { readonly kind: 'over'; readonly order: Order }
  /** Not found at the venue yet; it is cancelled when it turns up. */
  | { readonly kind: 'pending'; readonly order: Order }
  | { readonly kind: 'failed'; readonly order: Order; readonly message: string };

const TRIES_MAX = 3;
const RETRY_MS = 500;
/** The venue cancels asynchronously: the same order is not asked for again before this. */
const ASK_AGAIN_MS = 2_000;

/** Cancels pass always: no guard, no gate and no failed journal write stops one. */
export class Cancel {
  readonly #parts: CancelParts;
  readonly #askedAt = new Map<OrderId, number>();
  /** To be cancelled as soon as they are found. */
  readonly #wanted = new Set<OrderId>();

  constructor(parts: CancelParts) {
    this.#parts = parts;
  }

  async cancel(order: Order, by: string): Promise<CancelAnswer> {
    const { journey, recorder, wakeFollow } = this.#parts;
    const { id } = order.terms;
    switch (order.state) {
      case 'received':
        journey.withdraw(id);
        return { kind: 'withdrawn', order };
      case 'sent':
      case 'unknown':
      case 'absent':
        this.#wanted.add(id);
        void recorder.record(id, { kind: 'cancel-asked', by });
        wakeFollow();
        return { kind: 'pending', order };
      case 'working':
        return this.#ask(order, by);
      case 'dropped':
      case 'filled':
      case 'canceled':
      case 'rejected':
        return { kind: 'over', order };
      default:
        return order satisfies never;
    }
  }

  /** Own open orders that were not asked about just now. Returns how many were asked. */
  async cancelOpen(by: string): Promise<number> {
    const { book, clock } = this.#parts;
    const now = clock.elapsed();
    const due = book
      .live()
      .filter((order) => order.state === 'working')
      .filter(({ terms }) => now - (this.#askedAt.get(terms.id) ?? -ASK_AGAIN_MS) >= ASK_AGAIN_MS);
    await Promise.all(due.map((order) => this.#ask(order, by)));
    return due.length;
  }

  /** Called when an order changed: one that was wanted gone and is open now is cancelled. */
  changed(order: Order): void {
    const { id } = order.terms;
    if (order.state === 'working' && this.#wanted.delete(id)) void this.#ask(order, 'wanted');
    if (order.state !== 'working') this.#askedAt.delete(id);
  }

  /** An order of the account that is not in our journal; only on explicit request. */
  async cancelForeign({ view }: VenueOrder): Promise<boolean> {
    const { pace, real } = this.#parts;
    const { venueId } = view;
    const reply = await pace.run(() => real.cancel({ id: venueId as OrderId, venueId }));
    return reply.kind === 'accepted';
  }

  async #ask(order: Extract<Order, { state: 'working' }>, by: string): Promise<CancelAnswer> {
    const { clock, pace, recorder, venueFor, wakeFollow, log } = this.#parts;
    const { terms, venueId } = order;
    const isReal = terms.mode !== 'paper';
    this.#askedAt.set(terms.id, clock.elapsed());
    void recorder.record(terms.id, { kind: 'cancel-asked', by });
    let message = '';
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const cancel = () => venueFor(order).cancel({ id: terms.id, venueId });
      const reply = await (isReal ? pace.run(cancel) : cancel());
      if (reply.kind === 'accepted') {
        if (isReal) wakeFollow();
        else await this.#paperState(order);
        return { kind: 'requested', order: this.#parts.book.get(terms.id) ?? order };
      }
      message = reply.message;
      log.warn({ orderId: terms.id, message }, 'the venue did not take a cancel; trying again');
      await clock.after(reply.retryAfterMs ?? RETRY_MS);
    }
    return { kind: 'failed', order, message };
  }

  async #paperState(order: Order & { readonly venueId: string }): Promise<void> {
    const { recorder, venueFor } = this.#parts;
    const now = await venueFor(order).order(order.venueId);
    if (now !== undefined) await recorder.record(order.terms.id, { kind: 'seen', view: now.view });
  }
}
