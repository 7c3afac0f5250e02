import type { EpochMs } from '../../crds/clock.ts';
import { scopeOf } from '../journal/journal.ts';
import { type Amount, minus, plus, ZERO } from './amount.ts';
import { isLive, type Order, type OrderEvent, type OrderId, type Terms } from './order.ts';
import { type Illegal, transition } from './transition.ts';

/** Finished orders kept in memory; older ones are read from the journal. */
const FINISHED_KEPT = 5_000;

export interface Recorded {
  readonly at: EpochMs;
  readonly orderId: OrderId;
  readonly event: OrderEvent;
}

/** The order that a list of its own events makes; undefined when it does not begin with one. */
export function orderOf(events: readonly Recorded[]): Order | undefined {
  let order: Order | undefined;
  for (const { event, at } of events) {
    const next = order === undefined ? begun(event, at) : transition(order, event, at);
    if (next !== undefined && !('illegal' in next)) order = next;
  }
  return order;
}

function begun(event: OrderEvent, at: EpochMs): Order | undefined {
  if (event.kind !== 'received') return undefined;
  return { terms: event.terms, updatedAt: at, state: 'received' };
}

/** The orders of this executor, as the journal has them. */
export class OrderBook {
  readonly #orders = new Map<OrderId, Order>();
  readonly #unfinished = new Map<OrderId, Order>();
  readonly #scopes = new Map<string, OrderId>();
  /** Oldest first. */
  readonly #finished = new Set<OrderId>();
  /** What is or may be open, on its way into the journal included, and what it is worth in all. */
  readonly #exposed = new Map<OrderId, Amount>();
  #exposedNotional = ZERO;

  apply({ orderId, event, at }: Recorded): Order | Illegal {
    const order = this.#orders.get(orderId);
    const next = order === undefined ? begun(event, at) : transition(order, event, at);
    if (next === undefined)
      throw new Error(`event ${event.kind} of order ${orderId}, which is not in the book`);
    if ('illegal' in next) return next;
    this.adopt(next);
    return next;
  }

  /** Counts from the turn of its guards on: the next order's guards are asked before it is journalled. */
  expect({ id, notionalTry }: Pick<Terms, 'id' | 'notionalTry'>): void {
    this.#expose(id, notionalTry);
  }

  /** It did not get into the journal. */
  forget(id: OrderId): void {
    if (!this.#orders.has(id)) this.#expose(id, undefined);
  }

  /** Takes in what the journal held at the start. */
  adopt(order: Order): void {
    const { id, caller, key, notionalTry } = order.terms;
    this.#expose(id, isExposed(order) ? notionalTry : undefined);
    const isNews = !this.#orders.has(id) || this.#unfinished.has(id);
    this.#orders.set(id, order);
    this.#scopes.set(scopeOf(caller, key), id);
    if (isOver(order)) {
      if (isNews) this.#finish(id);
      return;
    }
    this.#unfinished.set(id, order);
    // Revived: what is open is not forgotten with the finished ones.
    this.#finished.delete(id);
  }

  get(id: OrderId): Order | undefined {
    return this.#orders.get(id);
  }

  byScope(caller: string, key: string): Order | undefined {
    const id = this.#scopes.get(scopeOf(caller, key));
    return id === undefined ? undefined : this.#orders.get(id);
  }

  /** By the venue's id, for where our own was lost. */
  byVenueId(venueId: string): Order | undefined {
    for (const order of this.#orders.values()) {
      if ('venueId' in order && order.venueId === venueId) return order;
    }
    return undefined;
  }

  /** Newest first. */
  list(): readonly Order[] {
    return [...this.#orders.values()].reverse();
  }

  /** What the venue may still trade. */
  live(): readonly Order[] {
    return [...this.#unfinished.values()].filter(isLive);
  }

  /** Presumed absent, and still looked for. */
  watched(): readonly Absent[] {
    return [...this.#unfinished.values()].filter((order) => order.state === 'presumed-absent');
  }

  counts(): BookCounts {
    const counts = { open: 0, unknown: 0, inFlight: 0, queued: 0 };
    for (const order of this.#unfinished.values()) {
      if (order.state === 'working') counts.open += 1;
      if (order.state === 'unknown') counts.unknown += 1;
      if (order.state === 'sent') counts.inFlight += 1;
      if (order.state === 'received') counts.queued += 1;
    }
    return counts;
  }

  /** Orders and notional that are or may be open; what waits and what is unknown counts. */
  exposure(): { readonly orders: number; readonly notional: Amount } {
    return { orders: this.#exposed.size, notional: this.#exposedNotional };
  }

  #expose(id: OrderId, notional: Amount | undefined): void {
    this.#exposedNotional = minus(this.#exposedNotional, this.#exposed.get(id) ?? ZERO);
    this.#exposed.delete(id);
    if (notional === undefined) return;
    this.#exposed.set(id, notional);
    this.#exposedNotional = plus(this.#exposedNotional, notional);
  }

  #finish(id: OrderId): void {
    this.#unfinished.delete(id);
    this.#finished.add(id);
    const [oldest] = this.#finished;
    if (oldest === undefined || this.#finished.size <= FINISHED_KEPT) return;
    this.#finished.delete(oldest);
    const terms = this.#orders.get(oldest)?.terms;
    this.#orders.delete(oldest);
    if (terms !== undefined) this.#scopes.delete(scopeOf(terms.caller, terms.key));
  }
}

export interface BookCounts {
  readonly open: number;
  readonly unknown: number;
  readonly inFlight: number;
  readonly queued: number;
}

type Absent = Extract<Order, { state: 'presumed-absent' }>;

function isOver(order: Order): boolean {
  if (order.state === 'presumed-absent') return !order.watched;
  return !isExposed(order);
}

const isExposed = (order: Order): boolean => isLive(order) || order.state === 'received';
