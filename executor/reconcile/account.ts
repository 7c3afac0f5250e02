import type { Clock, EpochMs } from '../../crds/clock.ts';
import type { Journal, Stored } from '../journal/journal.ts';
import type { Log } from '../log.ts';
import { type OrderBook, orderOf } from '../order/book.ts';
import { isLive, type Order, type OrderId, type VenueView } from '../order/order.ts';
import { isProbableTwin } from '../order/twin.ts';
import { VenueFailure, type VenueOrder } from '../venues/venue.ts';
import type { Mismatches } from './mismatches.ts';

export interface AccountParts {
  readonly clock: Clock;
  readonly book: OrderBook;
  readonly journal: Journal;
  readonly mismatches: Mismatches;
  readonly log: Log;
}

interface Met {
  readonly order: VenueOrder;
  readonly firstSeenAt: EpochMs;
}

/** Somebody else's open order. */
export interface External extends Met {
  /** An order of ours that it may be, had it lost its client id. */
  readonly probableTwinOf: OrderId | undefined;
}

/** The account's open orders, sorted. */
export interface Sorted {
  readonly own: ReadonlyMap<OrderId, VenueView>;
  /** Under a client id of ours, but not the order that the journal holds under it. */
  readonly strays: readonly VenueOrder[];
  /** How many are anybody's: the journal could not be read. */
  readonly unidentified: number;
}

/** Tells ours from others' among what is open on the account, and remembers the others'. */
export class Account {
  readonly #parts: AccountParts;
  #external = new Map<string, Met>();
  #asOf: EpochMs | null = null;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** UTC ms of the last complete reading; null before the first. */
  get asOf(): EpochMs | null {
    return this.#asOf;
  }

  external(): readonly External[] {
    const { book } = this.#parts;
    const lost = [...book.live().filter(({ state }) => state === 'unknown'), ...book.watched()];
    return [...this.#external.values()].map(({ order, firstSeenAt }) => ({
      order,
      firstSeenAt,
      probableTwinOf: lost.find(({ terms }) => isProbableTwin(terms, order))?.terms.id,
    }));
  }

  /**
   * Whose it is: by our client id, or by the venue's id should ours be lost. The journal knows old
   * ones; while it cannot be read what the venue said is of no use, and that is a VenueFailure too.
   */
  async owner({ clientId, view }: VenueOrder): Promise<Order | undefined> {
    const { book } = this.#parts;
    const known = book.get(clientId as OrderId) ?? book.byVenueId(view.venueId);
    if (known !== undefined || clientId === undefined) return known;
    const stored = orderOf(await this.#stored(clientId as OrderId));
    if (stored !== undefined) book.adopt(stored);
    return stored;
  }

  /** `open` was read from `begunAt` on: what changed since then is not held against it. */
  async sort(open: readonly VenueOrder[], begunAt: EpochMs): Promise<Sorted> {
    const { mismatches } = this.#parts;
    const own = new Map<OrderId, VenueView>();
    const strays: VenueOrder[] = [];
    const external = new Map<string, Met>();
    let unidentified = 0;
    for (const row of open) {
      const { venueId } = row.view;
      const order = this.#external.has(venueId) ? undefined : await this.#owner(row);
      if (order === 'unavailable') unidentified += 1;
      if (order === 'unavailable') continue;
      if (order === undefined) {
        external.set(venueId, this.#external.get(venueId) ?? this.#met(row));
        continue;
      }
      const { id } = order.terms;
      const stray = own.has(id) ? 'doubled' : strayness(order, row.view, begunAt);
      if (stray === undefined) own.set(id, row.view);
      else {
        strays.push(row);
        mismatches.note(stray, venueId, { orderId: id, venueId });
      }
    }
    this.#external = external;
    this.#asOf = begunAt;
    mismatches.external(external.size);
    return { own, strays, unidentified };
  }

  #met(order: VenueOrder): Met {
    const { clock, mismatches } = this.#parts;
    const { symbol, clientId, view } = order;
    mismatches.note('external', view.venueId, { symbol, clientId, venueId: view.venueId });
    return { order, firstSeenAt: clock.wall() };
  }

  /** While the journal cannot be read nobody knows whose it is; the next pass asks again. */
  async #owner(row: VenueOrder): Promise<Order | undefined | 'unavailable'> {
    try {
      return await this.owner(row);
    } catch (fault) {
      if (!(fault instanceof VenueFailure)) throw fault;
      return 'unavailable';
    }
  }

  async #stored(id: OrderId): Promise<readonly Stored[]> {
    const { journal, log } = this.#parts;
    try {
      return await journal.order(id);
    } catch (fault) {
      log.error({ err: fault, clientId: id }, 'the journal cannot be read');
      throw new VenueFailure('whose an order at the venue is cannot be read in the journal');
    }
  }
}

/** Whether an open order at the venue is not the one we hold under its client id. Pure. */
function strayness(
  order: Order,
  { venueId }: VenueView,
  begunAt: EpochMs,
): 'doubled' | 'open-after-end' | undefined {
  if (!('venueId' in order)) return undefined;
  if (order.venueId !== venueId) return 'doubled';
  return isLive(order) || order.updatedAt >= begunAt ? undefined : 'open-after-end';
}
