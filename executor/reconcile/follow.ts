import type { Clock } from '../../crds/clock.ts';
import type { Mode } from '../../crds/trading-executor.ts';
import type { Journey } from '../journey.ts';
import type { Log } from '../log.ts';
import type { OrderBook } from '../order/book.ts';
import type { Order, VenueView } from '../order/order.ts';
import type { Recorder } from '../recorder.ts';
import { type Venue, VenueFailure } from '../venues/venue.ts';
import type { Account, Sorted } from './account.ts';
import type { Mismatches } from './mismatches.ts';
import type { Unknowns } from './unknowns.ts';

export interface FollowParts {
  readonly clock: Clock;
  readonly venue: Venue;
  readonly book: OrderBook;
  readonly journey: Journey;
  readonly recorder: Recorder;
  readonly account: Account;
  readonly unknowns: Unknowns;
  readonly mismatches: Mismatches;
  /** The mode in force: on paper nobody is asked about an account we never sent to. */
  readonly mode: () => Mode;
  /** What the object asks for: one that a latch holds on paper compares before it is released. */
  readonly declared: () => Mode;
  /** False while asking is useless or does harm: no credentials, or a key the venue refuses. */
  readonly canAsk: () => boolean;
  /** The venue holds what is ours and not in the journal as it is. */
  readonly onStrays: () => void;
  readonly log: Log;
}

/** Own orders are looked at this often, the account as a whole that often. */
const PERIOD_MS = 2_000;
const ACCOUNT_PERIOD_MS = 60_000;
const FAILURE_WAIT_MAX_MS = 30_000;
/** At the start every order waits for it. */
const START_RETRY_MS = 1_000;
/** Who wakes it often must not use up the venue's 300 readings a minute. */
const WOKEN_MIN_MS = 400;

/** SPINE of the reconciliation: asks the venue what became of real orders; never sends one again. */
export class Follow {
  readonly #parts: FollowParts;
  #isCompared = false;
  #passedAt = Number.NEGATIVE_INFINITY;
  #wake = Promise.withResolvers<void>();

  constructor(parts: FollowParts) {
    this.#parts = parts;
  }

  /** No real order may leave before: journal and account were compared once in this process. */
  get isReconciled(): boolean {
    return this.#isCompared || !this.#isNeeded();
  }

  /** Until aborted: at the start until it succeeds, then as often as there is something to see. */
  async run(signal: AbortSignal): Promise<void> {
    const { canAsk, onStrays, log } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      const isWoken = await this.#pause(this.#waitMs(failures), signal);
      if (signal.aborted || !canAsk() || !(isWoken || this.#isDue())) continue;
      try {
        const { strays, unidentified } = await this.pass();
        failures = unidentified === 0 ? 0 : failures + 1;
        if (strays.length > 0) onStrays();
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
  async pass(): Promise<Pick<Sorted, 'strays' | 'unidentified'>> {
    const { clock, venue, book, account, unknowns } = this.#parts;
    this.#passedAt = clock.elapsed();
    const begunAt = clock.wall();
    const followed = this.#followed();
    const open = await venue.openOrders();
    const { own, strays, unidentified } = await account.sort(open, begunAt);
    const missing: Order[] = [];
    for (const order of followed) {
      const view = own.get(order.terms.id);
      if (view !== undefined) await this.#saw(order, view);
      else if (order.state === 'working') await this.#ask(order);
      else missing.push(order);
    }
    for (const [id, view] of own) {
      const order = book.get(id);
      if (order !== undefined && isThoughtGone(order)) await unknowns.found(order, { view });
    }
    await unknowns.lookFor([...missing, ...book.watched()]);
    if (unidentified === 0) this.#isCompared = true;
    return { strays, unidentified };
  }

  #followed(): readonly Order[] {
    const { book, journey } = this.#parts;
    return book
      .live()
      .filter(({ terms }) => terms.mode !== 'paper' && !journey.isUnderway(terms.id));
  }

  #isNeeded(): boolean {
    const { mode, book } = this.#parts;
    return mode() !== 'paper' || this.#followed().length + book.watched().length > 0;
  }

  #isDue(): boolean {
    if (!this.#isNeeded()) return !this.#isCompared && this.#parts.declared() !== 'paper';
    if (!this.#isCompared || this.#followed().length > 0) return true;
    return this.#parts.clock.elapsed() - this.#passedAt >= ACCOUNT_PERIOD_MS;
  }

  #waitMs(failures: number): number {
    if (this.isReconciled) return Math.min(PERIOD_MS * 2 ** failures, FAILURE_WAIT_MAX_MS);
    return failures === 0 && this.#parts.canAsk() ? 0 : START_RETRY_MS;
  }

  /** Resolves with whether it was cut short. */
  async #pause(waitMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#parts;
    const pause = new AbortController();
    const timer = clock.after(waitMs, AbortSignal.any([signal, pause.signal]));
    const passed = timer.then(
      () => false,
      () => false,
    );
    const isWoken = await Promise.race([passed, this.#wake.promise.then(() => true)]);
    pause.abort(new Error('woken'));
    this.#wake = Promise.withResolvers<void>();
    const earlyMs = this.#passedAt + WOKEN_MIN_MS - clock.elapsed();
    if (earlyMs > 0) await clock.after(earlyMs, signal).catch(() => undefined);
    return isWoken && this.#isNeeded();
  }

  /** It was open and is not in the list: its own record tells. */
  async #ask(order: Extract<Order, { state: 'working' }>): Promise<void> {
    const { venue, mismatches } = this.#parts;
    const { id } = order.terms;
    const one = await venue.order(order.venueId);
    if (one !== undefined) return this.#saw(order, one.view);
    mismatches.note('missing', id, { orderId: id, venueId: order.venueId });
  }

  async #saw(order: Order, view: VenueView): Promise<void> {
    const current = this.#parts.book.get(order.terms.id);
    if (current === undefined || isAsKnown(current, view)) return;
    // In the book at once: a journal that stalls does not hold up who waits to see us flat.
    void this.#parts.recorder.record(order.terms.id, { kind: 'seen', view });
  }
}

const isThoughtGone = ({ state }: Order): boolean =>
  state === 'presumed-absent' || state === 'rejected' || state === 'dropped';

function isAsKnown(order: Order, view: VenueView): boolean {
  if (order.state === 'working') return view.status === 'open' && order.filled === view.filled;
  if (order.state === 'filled') return true;
  return order.state === 'canceled' && view.status === 'canceled' && order.filled === view.filled;
}
