import type { Clock } from '../../crds/clock.ts';
import type { Log } from '../log.ts';
import type { OrderBook } from '../order/book.ts';
import type { Order, OrderId } from '../order/order.ts';
import { isProbableTwin } from '../order/twin.ts';
import type { Recorder } from '../recorder.ts';
import { type HistoryStart, type Venue, VenueFailure, type VenueOrder } from '../venues/venue.ts';
import type { Account } from './account.ts';
import type { Mismatches } from './mismatches.ts';

export interface UnknownsParts {
  readonly clock: Clock;
  readonly venue: Venue;
  readonly book: OrderBook;
  readonly recorder: Recorder;
  readonly account: Account;
  readonly mismatches: Mismatches;
  readonly log: Log;
}

/** Complete readings before an order nobody has seen counts as never taken. */
const LOOKS_MIN = 3;
const LOOKED_FOR_MS = 120_000;
/** The next look comes later each time. */
const STEP_MS = 2_000;
const STEP_MAX_MS = 30_000;
/** Presumed absent, it is still looked for this often, for so long. */
const WATCH_STEP_MS = 60_000;
const WATCHED_MS = 24 * 3_600_000;
/** The venue's stamp of an order may be a little before ours: twice what a clock may ever be off. */
const MARGIN_MS = 120_000;
/** Ids that the venue had given out this long ago are all visible. */
const CURSOR_LAG_MS = 600_000;

interface Looks {
  readonly count: number;
  /** Monotonic ms: the beginning of the first one, and when the next is due. */
  readonly since: number;
  readonly nextAt: number;
  /** Where the next reading may begin, and the newest order of an earlier one that may become it. */
  readonly from?: string;
  readonly newest?: { readonly id: string; readonly at: number };
}

/** Looks for real orders that the venue may or may not hold. A restart begins anew: never sooner. */
export class Unknowns {
  readonly #parts: UnknownsParts;
  readonly #looks = new Map<OrderId, Looks>();

  constructor(parts: UnknownsParts) {
    this.#parts = parts;
  }

  /** Of orders that are not open. Throws VenueFailure when one that is unknown cannot be looked for. */
  async lookFor(missing: readonly Order[]): Promise<void> {
    const { clock, log } = this.#parts;
    const now = clock.elapsed();
    const due = missing.filter(({ terms }) => (this.#looks.get(terms.id)?.nextAt ?? 0) <= now);
    for (const orders of Map.groupBy(
      due,
      ({ terms, state }) => `${terms.symbol} ${state}`,
    ).values()) {
      try {
        await this.#look(orders);
      } catch (fault) {
        if (!(fault instanceof VenueFailure)) throw fault;
        if (orders.some(({ state }) => state === 'unknown')) throw fault;
        for (const { terms } of orders)
          this.#again(terms.id, { begunAt: now, stepMs: WATCH_STEP_MS });
        log.warn({ err: fault }, 'orders presumed absent cannot be looked for now');
      }
    }
  }

  /** All of one symbol. */
  async #look(orders: readonly Order[]): Promise<void> {
    const { clock, venue, book } = this.#parts;
    const symbol = orders[0]?.terms.symbol ?? '';
    const begunAt = clock.elapsed();
    const history = await venue.history(symbol, this.#start(orders, book));
    for (const order of orders) {
      // Another reading may have told meanwhile.
      if (book.get(order.terms.id)?.state !== order.state) continue;
      const row = history.find(({ clientId }) => clientId === order.terms.id);
      if (row === undefined) await this.#missed(order, history, begunAt);
      else await this.found(order, row);
    }
  }

  /** It is at the venue. */
  async found(order: Order, { view }: Pick<VenueOrder, 'view'>): Promise<void> {
    const { recorder, mismatches, log } = this.#parts;
    const { id } = order.terms;
    this.#looks.delete(id);
    log.info({ orderId: id, venueId: view.venueId }, 'an order that was looked for was found');
    if (order.state !== 'unknown') mismatches.note('turned-up', id, { orderId: id });
    await recorder.record(id, { kind: 'seen', view });
  }

  async #missed(order: Order, history: readonly VenueOrder[], begunAt: number): Promise<void> {
    const { clock, recorder, log } = this.#parts;
    const { id } = order.terms;
    if (order.state === 'presumed-absent') {
      this.#again(id, { begunAt, stepMs: WATCH_STEP_MS, history });
      if (clock.wall() - order.since < WATCHED_MS) return;
      this.#looks.delete(id);
      log.info({ orderId: id }, 'an order presumed absent is not looked for any more');
      return recorder.record(id, { kind: 'unwatched' });
    }
    const twin = await this.#twin(order, history);
    const { count, since } = this.#again(id, { begunAt, stepMs: STEP_MS, history });
    if (count < LOOKS_MIN || begunAt - since < LOOKED_FOR_MS) return;
    // What looks like it still trades: somebody has to cancel that first.
    if (twin?.view.status === 'open') return;
    this.#looks.delete(id);
    log.warn({ orderId: id, looks: count }, 'an unknown order is presumed absent');
    await recorder.record(id, { kind: 'presumed-absent' });
  }

  /** An order of nobody we know that is like it in all but its client id; the open one first. */
  async #twin({ terms }: Order, history: readonly VenueOrder[]): Promise<VenueOrder | undefined> {
    const { account, mismatches } = this.#parts;
    const found: VenueOrder[] = [];
    for (const row of history) {
      if (isProbableTwin(terms, row) && (await account.owner(row)) === undefined) found.push(row);
    }
    const twin = found.find(({ view }) => view.status === 'open') ?? found[0];
    const { id: orderId } = terms;
    if (twin !== undefined) {
      mismatches.note('probable-twin', orderId, { orderId, venueId: twin.view.venueId });
    }
    return twin;
  }

  #again(id: OrderId, { begunAt, stepMs, history = [] }: Again): Looks {
    const before = this.#looks.get(id);
    const { count = 0, since = begunAt } = before ?? {};
    const wait = Math.min(
      stepMs * (stepMs === STEP_MS ? count + 1 : 1),
      Math.max(stepMs, STEP_MAX_MS),
    );
    const looks: Looks = {
      ...{ count: count + 1, since, nextAt: begunAt + wait },
      ...cursor(before, history, begunAt),
    };
    this.#looks.set(id, looks);
    return looks;
  }

  /** Behind an own order that the venue had surely taken before, else by time alone. */
  #start(orders: readonly Order[], book: OrderBook): HistoryStart {
    const since = Math.min(...orders.map(({ terms }) => terms.receivedAt)) - MARGIN_MS;
    const advanced = orders.map(({ terms }) => this.#looks.get(terms.id)?.from);
    const from = advanced.includes(undefined)
      ? takenBefore(orders, { book, since })
      : lowest(advanced as string[]);
    return { since, ...(from === undefined ? {} : { from }) };
  }
}

interface Again {
  readonly begunAt: number;
  readonly stepMs: number;
  /** What was read, when it was read completely. */
  readonly history?: readonly VenueOrder[];
}

/** The next reading begins where one of at least CURSOR_LAG_MS ago ended. */
function cursor(
  before: Looks | undefined,
  history: readonly VenueOrder[],
  at: number,
): Pick<Looks, 'from' | 'newest'> {
  const newest = highest(history.map(({ view }) => view.venueId));
  const from = before?.from === undefined ? {} : { from: before.from };
  const old = before?.newest;
  if (old !== undefined && at - old.at < CURSOR_LAG_MS) return { ...from, newest: old };
  return {
    ...(old === undefined ? from : { from: old.id }),
    ...(newest === undefined ? {} : { newest: { id: newest, at } }),
  };
}

/** The newest own order that was acknowledged before `since` and is older in the journal than any of `orders`. */
export function takenBefore(
  orders: readonly Order[],
  { book, since }: { readonly book: OrderBook; readonly since: number },
): string | undefined {
  const sought = new Set(orders.map(({ terms }) => terms.id));
  const symbol = orders[0]?.terms.symbol;
  const ids: string[] = [];
  for (const order of [...book.list()].reverse()) {
    if (sought.has(order.terms.id)) break;
    const { terms, placed } = order;
    const isTaken = placed?.outcome === 'acked' && placed.at < since;
    if (isTaken && 'venueId' in order && terms.mode !== 'paper' && terms.symbol === symbol) {
      ids.push(order.venueId);
    }
  }
  return highest(ids);
}

const highest = (ids: readonly string[]): string | undefined =>
  ids.reduce<string | undefined>((best, id) => {
    return best === undefined || BigInt(id) > BigInt(best) ? id : best;
  }, undefined);

const lowest = (ids: readonly string[]): string | undefined =>
  ids.reduce<string | undefined>((best, id) => {
    return best === undefined || BigInt(id) < BigInt(best) ? id : best;
  }, undefined);
