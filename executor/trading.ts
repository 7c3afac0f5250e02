import type { Clock } from '../crds/clock.ts';
import type { TradingExecutorSpec } from '../crds/trading-executor.ts';
import { Cancel } from './cancel.ts';
import type { Denials } from './denials.ts';
import { DeskView } from './desk.ts';
import type { Feed } from './feed/feed.ts';
import type { Gate } from './gate/gate.ts';
import { limitsOf } from './guards/guard.ts';
import type { Journal } from './journal/journal.ts';
import { Journey } from './journey.ts';
import { Kill } from './kill.ts';
import { Bulkhead } from './lanes/bulkhead.ts';
import { CancelLane } from './lanes/cancel-lane.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { OrderBook } from './order/book.ts';
import type { Order, OrderEvent, Terms } from './order/order.ts';
import { Place } from './place.ts';
import { Recent } from './recent.ts';
import type { Account } from './reconcile/account.ts';
import type { Follow } from './reconcile/follow.ts';
import { reconciliation } from './reconcile/reconciliation.ts';
import { Recorder } from './recorder.ts';
import { restore, restorePaper } from './restore.ts';
import { limitLives } from './time-to-live.ts';
import { by } from './until.ts';
import { BistMarket } from './venues/bist/market.ts';
import type { CredentialFiles } from './venues/btcturk/credentials.ts';
import { BtcturkMarket } from './venues/btcturk/market.ts';
import type { Market, Tempo } from './venues/market.ts';
import { PaperVenue } from './venues/paper.ts';
import type { Venue } from './venues/venue.ts';
import { Windows } from './windows.ts';

const WAITING_MAX = 256;

export interface TradingParts {
  readonly spec: TradingExecutorSpec;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly gate: Gate;
  readonly journal: Journal;
  readonly denials: Denials;
  readonly diskFree: () => number | undefined;
  readonly credentials: CredentialFiles;
  readonly metrics: Metrics;
  readonly feed: Feed;
  readonly random: () => number;
  /** How soon an open breaker of the venue tries again; its own default when absent. */
  readonly tempo?: Tempo | undefined;
  readonly log: Log;
  /** The data volume. */
  readonly folder: string;
}

/** All that trades: built once, when the object was first seen and says for which venue. */
export class Trading {
  readonly book = new OrderBook();
  readonly recent: Recent;
  readonly desk: DeskView;
  readonly feed: Feed;
  readonly bulkhead: Bulkhead;
  readonly journey: Journey;
  readonly place: Place;
  readonly cancel: Cancel;
  readonly kill: Kill;
  readonly account: Account;
  readonly paper: PaperVenue;
  readonly market: Market;
  readonly #parts: TradingParts;
  readonly #windows = new Windows();
  readonly #recorder: Recorder;
  readonly #follow: Follow;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: TradingParts) {
    this.#parts = parts;
    this.feed = parts.feed;
    const { clock, gate, journal, log, metrics, newId, denials, diskFree } = parts;
    const { book } = this;
    this.recent = new Recent(clock);
    this.paper = this.#paperVenue();
    this.market = this.#openMarket();
    const { market } = this;
    const windows = this.#windows;
    this.desk = new DeskView({ clock, gate, book, windows, market, diskFree });
    this.#recorder = new Recorder({
      ...{ clock, gate, journal, book, log },
      onEvent: (order, event) => this.#changed(order, event),
      onIllegal: () => metrics.illegalEvent(),
    });
    const recorder = this.#recorder;
    this.bulkhead = new Bulkhead({ clock, slots: () => this.#slots(), waitingMax: WAITING_MAX });
    const { bulkhead, desk } = this;
    const venueFor = (order: Terms) => (order.mode === 'paper' ? this.paper : market.real);
    this.journey = new Journey({
      ...{ clock, gate, desk, book, bulkhead, recorder, metrics, log, venueFor },
      onSettled: (id) => {
        if (book.get(id)?.state === 'unknown') this.#follow.wake();
      },
    });
    const { journey } = this;
    this.place = new Place({
      ...{ clock, newId, gate, desk, windows, book, journal, recorder, bulkhead, journey },
      ...{ metrics, denials, log },
    });
    const { follow, account } = reconciliation({
      ...{ clock, venue: market.real, book, journal, journey, recorder, log },
      metrics: metrics.reconcile,
      mode: () => gate.sight.effective?.mode ?? 'paper',
      declared: () => this.desk.spec()?.mode ?? 'paper',
      canAsk: () =>
        !(market.health?.isKeyRefused() ?? false) && parts.credentials.current() !== undefined,
      onStrays: () => this.#found(),
    });
    this.#follow = follow;
    this.account = account;
    this.cancel = this.#cancels((order) => venueFor(order.terms));
    this.kill = this.#kills();
  }

  get journal(): Journal {
    return this.#parts.journal;
  }

  get isReconciled(): boolean {
    return this.#follow.isReconciled;
  }

  /** Orders the venue may still trade. */
  get hasRealOrders(): boolean {
    return this.book.live().some(({ terms }) => terms.mode !== 'paper');
  }

  /** Reads the journal, then follows prices, clock and orders until stopped. */
  async start(): Promise<void> {
    const { clock, journal, log } = this.#parts;
    const { signal } = this.#stopping;
    const { book, recent } = this;
    const windows = this.#windows;
    const recorder = this.#recorder;
    const promised = await restore({ clock, journal, book, recorder, windows, recent });
    restorePaper(book, this.paper);
    for (const id of promised) this.cancel.resume(id);
    log.info({ ...book.counts() }, 'journal read');
    const lives = limitLives(
      { clock, spec: () => this.desk.spec(), book, cancel: this.cancel },
      signal,
    );
    const { market, feed } = this;
    this.#running = Promise.all([
      this.#follow.run(signal),
      market.run(signal),
      feed.run(signal),
      lives,
    ]);
  }

  /** Real orders may have become possible: they wait for the first comparison with the venue. */
  modeChanged(): void {
    this.#follow.wake();
  }

  /** In the loop turn of the kill: who waits is sent away now, what is open is cancelled next. */
  killed(): void {
    this.bulkhead.flush();
    this.kill.begin();
  }

  /**
   * A killed one goes only when flat: nobody else cancels the orders of an object that is gone. From
   * `until` (monotonic ms) on nothing is waited for any more; an order still on its way is unknown then.
   */
  async stop(until: number): Promise<void> {
    const { clock } = this.#parts;
    await by(clock, until, this.journey.idle());
    await this.kill.settled(until - clock.elapsed());
    this.#stopping.abort(new Error('the executor is stopping'));
    this.kill.end();
    // First: a call that has seconds left would be waited for.
    await Promise.all([this.market.close(), this.paper.close()]);
    await this.#running;
  }

  #changed(order: Order, event: OrderEvent): void {
    if (event.kind === 'placed') this.recent.add(order);
    if (event.kind !== 'cancel-asked') this.cancel.changed(order);
    if (event.kind === 'seen' && order.state === 'working') this.#found();
  }

  /** Open after all: while killed, not flat any more. */
  #found(): void {
    if (this.#parts.gate.view().killed) this.kill.begin();
  }

  #slots(): number {
    const spec = this.desk.spec();
    return spec === undefined ? 1 : limitsOf(spec, this.#parts.gate.view().mode).maxConcurrency;
  }

  #cancels(venueFor: (order: Order) => Venue): Cancel {
    const { clock, log } = this.#parts;
    const { book, journey, market } = this;
    return new Cancel({
      ...{ clock, book, journey, recorder: this.#recorder, log, real: market.real, venueFor },
      lane: new CancelLane(clock),
      wakeFollow: () => this.#follow.wake(),
      signal: this.#stopping.signal,
    });
  }

  #kills(): Kill {
    const { clock, credentials, log } = this.#parts;
    const { book, journey, cancel, desk } = this;
    return new Kill({
      ...{ clock, book, journey, cancel, log, follow: this.#follow },
      cancelOnKill: () => desk.spec()?.control.cancelOnKill ?? true,
      canAsk: () => credentials.current() !== undefined,
    });
  }

  #paperVenue(): PaperVenue {
    const { clock, spec } = this.#parts;
    return new PaperVenue({
      venue: spec.venue.name,
      quote: (symbol) => this.market.prices.fresh(symbol, clock.elapsed()),
      session: (symbol) => this.market.session(symbol, clock.wall()),
      onChange: (id, view) => void this.#recorder.record(id, { kind: 'seen', view }),
    });
  }

  #openMarket(): Market {
    const { clock, random, credentials, folder, log, gate, spec, tempo } = this.#parts;
    const onPhase = () => this.paper.match();
    const { name, baseUrl: origin, timeoutMs } = spec.venue;
    if (name === 'bist') {
      return new BistMarket({ clock, log, folder, onPhase, venue: spec.venue });
    }
    return new BtcturkMarket({
      ...{ clock, random, credentials, log, origin, timeoutMs, tempo },
      meter: this.#parts.metrics,
      onPrices: () => this.paper.match(),
      slots: () => (gate.view().mode === 'paper' ? 0 : this.#slots()),
    });
  }
}
