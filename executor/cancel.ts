import type { Clock } from '../crds/clock.ts';
import type { Journey } from './journey.ts';
import type { CancelLane } from './lanes/cancel-lane.ts';
import type { Log } from './log.ts';
import type { OrderBook } from './order/book.ts';
import { isLive, type Order, type OrderId } from './order/order.ts';
import type { Recorder } from './recorder.ts';
import type { Venue, VenueOrder } from './venues/venue.ts';

export interface CancelParts {
  readonly clock: Clock;
  readonly book: OrderBook;
  readonly journey: Journey;
  readonly recorder: Recorder;
  /** Shared by every cancel of real orders. */
  readonly lane: CancelLane;
  readonly venueFor: (order: Order) => Venue;
  readonly real: Venue;
  readonly wakeFollow: () => void;
  /** The end of the process. */
  readonly signal: AbortSignal;
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
/** A venue that asks for a longer wait is asked sooner: an order that should be gone trades meanwhile. */
const RETRY_MAX_MS = 5_000;
/** The venue cancels asynchronously: the same order is not asked for again before this. */
const ASK_AGAIN_MS = 2_000;

/** Cancels pass always: no guard, no gate and no failed journal write stops one. */
export class Cancel {
  readonly #parts: CancelParts;
  readonly #askedAt = new Map<OrderId, number>();
  /** Promised to be cancelled; kept until the order is over. */
  readonly #wanted = new Set<OrderId>();
  readonly #pursued = new Set<OrderId>();
  readonly #underway = new Map<OrderId, Promise<CancelAnswer>>();

  constructor(parts: CancelParts) {
    this.#parts = parts;
  }

  async cancel(order: Order, by: string): Promise<CancelAnswer> {
    const { book, journey, recorder, wakeFollow } = this.#parts;
    const { id } = order.terms;
    // One given up long ago comes from the journal alone; the promise has to find it in the book.
    if (!isOver(order) && book.get(id) === undefined) book.adopt(order);
    switch (order.state) {
      case 'received':
        journey.withdraw(id);
        return { kind: 'withdrawn', order };
      case 'sent':
      case 'unknown':
      case 'presumed-absent':
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

  /** A cancel that an earlier process promised. */
  resume(id: OrderId): void {
    this.#wanted.add(id);
    const order = this.#parts.book.get(id);
    if (order !== undefined) this.changed(order);
  }

  /** Asks for own open orders that were not asked for just now, and does not wait for the answers. */
  cancelOpen(by: string): readonly Asked[] {
    const { book, clock } = this.#parts;
    const now = clock.elapsed();
    const due = book
      .live()
      .filter((order) => order.state === 'working')
      .filter(({ terms }) => !this.#underway.has(terms.id))
      .filter(({ terms }) => now - (this.#askedAt.get(terms.id) ?? -ASK_AGAIN_MS) >= ASK_AGAIN_MS);
    return due.map((order) => ({ id: order.terms.id, answer: this.#ask(order, by) }));
  }

  /** Cancels it when it is open, at once or later, and does not let go until it is over. */
  promise(order: Order, by: string): void {
    const { id } = order.terms;
    if (isOver(order) || this.#wanted.has(id)) return;
    this.#wanted.add(id);
    void this.#parts.recorder.record(id, { kind: 'cancel-asked', by });
    this.changed(order);
  }

  /** Called when an order changed: one that was wanted gone and is open now is cancelled. */
  changed(order: Order): void {
    const { id } = order.terms;
    if (isOver(order)) this.#wanted.delete(id);
    if (order.state !== 'working') this.#askedAt.delete(id);
    else if (this.#wanted.has(id) && !this.#pursued.has(id)) void this.#pursue(id);
  }

  /** An open order of the account that our journal does not hold as open. */
  async cancelForeign({ view }: VenueOrder): Promise<boolean> {
    const { lane, real } = this.#parts;
    const { venueId } = view;
    const reply = await lane.run(() => real.cancel({ id: venueId as OrderId, venueId }));
    return reply.kind === 'accepted';
  }

  /** Whether an open order of the venue is not one that `cancelOpen` reaches. */
  isForeign({ clientId, view }: VenueOrder): boolean {
    const own = this.#parts.book.get(clientId as OrderId);
    return own === undefined || !isLive(own) || ('venueId' in own && own.venueId !== view.venueId);
  }

  /** Until it is not open any more: neither a refusal nor a venue that does nothing ends it. */
  async #pursue(id: OrderId): Promise<void> {
    const { book, clock, signal } = this.#parts;
    this.#pursued.add(id);
    let order = book.get(id);
    while (order?.state === 'working' && !signal.aborted) {
      await this.#ask(order, 'wanted');
      await clock.after(ASK_AGAIN_MS, signal).catch(() => undefined);
      order = book.get(id);
    }
    this.#pursued.delete(id);
  }

  /** Who comes while the venue is being asked shares the answer. */
  #ask(order: Working, by: string): Promise<CancelAnswer> {
    const { clock, recorder } = this.#parts;
    const { id } = order.terms;
    void recorder.record(id, { kind: 'cancel-asked', by });
    const underway = this.#underway.get(id);
    if (underway !== undefined) return underway;
    const asking = this.#tell(order).finally(() => {
      this.#underway.delete(id);
      if (this.#parts.book.get(id)?.state === 'working') this.#askedAt.set(id, clock.elapsed());
    });
    this.#underway.set(id, asking);
    return asking;
  }

  async #tell(order: Working): Promise<CancelAnswer> {
    const { clock, book, lane, venueFor, wakeFollow, signal, log } = this.#parts;
    const { terms, venueId } = order;
    const isReal = terms.mode !== 'paper';
    let message = '';
    for (let tries = 0; tries < TRIES_MAX && !signal.aborted; tries += 1) {
      const cancel = () => venueFor(order).cancel({ id: terms.id, venueId });
      const reply = await (isReal ? lane.run(cancel) : cancel());
      if (reply.kind === 'accepted') {
        if (isReal) wakeFollow();
        else await this.#paperState(order);
        return { kind: 'requested', order: book.get(terms.id) ?? order };
      }
      message = reply.message;
      log.warn({ orderId: terms.id, message }, 'the venue did not take a cancel; trying again');
      const waitMs = Math.min(reply.retryAfterMs ?? RETRY_MS, RETRY_MAX_MS);
      await clock.after(waitMs, signal).catch(() => undefined);
      const now = book.get(terms.id);
      if (now !== undefined && isOver(now)) return { kind: 'over', order: now };
    }
    return { kind: 'failed', order, message };
  }

  async #paperState(order: Order & { readonly venueId: string }): Promise<void> {
    const { recorder, venueFor } = this.#parts;
    const now = await venueFor(order).order(order.venueId);
    if (now !== undefined) await recorder.record(order.terms.id, { kind: 'seen', view: now.view });
  }
}

export interface Asked {
  readonly id: OrderId;
  readonly answer: Promise<CancelAnswer>;
}

type Working = Extract<Order, { state: 'working' }>;

/** Nothing of it can trade any more; a presumed absent one may still turn up. */
const isOver = ({ state }: Order): boolean =>
  state === 'dropped' || state === 'filled' || state === 'canceled' || state === 'rejected';
