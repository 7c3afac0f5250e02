import type { Clock } from '../../../crds/clock.ts';
import { Breaker, type BreakerState } from '../../lanes/breaker.ts';
import { Line } from '../../lanes/line.ts';
import { Pace } from '../../lanes/pace.ts';
import type { Log } from '../../log.ts';
import type { LaneName, Tempo, VenueHold } from '../market.ts';
import type { WireReply } from './exchange.ts';
import { KeyTrust } from './key-trust.ts';
import { type Route, routes } from './meter.ts';

/** The venue takes 10 a second from an account and blocks it for a second after the eleventh. */
const ORDERS_PER_SECOND = 9;
/** A venue that hiccups is asked again soon, one that stays down half a minute apart. */
const ORDERS_RETRY = { firstMs: 1_000, maxMs: 30_000 } as const;
/** A breaker closed for so long opens as if for the first time. */
const CALM_MS = 30_000;
/** A look at the venue's clock takes a round trip. */
const CLOCK_RETRY_MS = 250;
/** With a refused key every probe counts towards the ban of our address: 50 of these take ten hours. */
const REFUSED_RETRY = { firstMs: 30_000, maxMs: 15 * 60_000 } as const;
/** Reads harm nobody: they find out sooner, and a kill needs them to prove that it is flat. */
const READS_RETRY_MS = 5_000;
/** Though the clock is off or unseen, a read is tried this often, until so many in a row were refused. */
const READ_TRY_MS = 60_000;
const READ_TRIES = 3;
/**
 * While our key is refused, cancels go one at a time, further and further apart: none is held back, and the 50
 * refusals in a row that ban the address for cancels too take nine hours, not the 42 minutes of a cap of one.
 */
const REFUSED_CANCELS = { firstMs: 5_000, maxMs: 15 * 60_000 } as const;
/** How soon a cancel that waits hears that the key works again. */
const LOOK_MS = 250;
/** For a 429 that does not say how long. */
const BLOCK_MS = 1_000;
/** The venue's own blocks last a minute at most; what asks for more must not silence a desk for days. */
const BLOCK_MAX_MS = 15 * 60_000;

export interface TrafficParts {
  readonly clock: Clock;
  readonly log: Log;
  /** The key in use; another one is another object. */
  readonly key: () => unknown;
  /** Why the venue would refuse a stamp of ours now; undefined when nothing says so. */
  readonly stampFault: () => string | undefined;
  /** One private read that needs the same permission as an order. */
  readonly probe: () => Promise<WireReply>;
  readonly tempo?: Tempo | undefined;
}

/**
 * How the private calls fare. Orders are refused while their breaker is open, reads as well; cancels
 * have a breaker that measures and refuses nothing. What a 429 asked for holds per route.
 */
export class Traffic {
  readonly #clock: Clock;
  readonly #orders: Breaker<WireReply>;
  readonly #cancels: Breaker<WireReply>;
  readonly #reads: Breaker<WireReply>;
  readonly #pace: Pace;
  readonly #stampFault: () => string | undefined;
  readonly #refusedCancels = new Line();
  readonly #closing = new AbortController();
  readonly #blockedUntil = new Map<Route, number>();
  readonly #key: KeyTrust;
  #wasKeyRefused = false;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #openings = 0;
  #closedAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, log, key, probe, tempo = {}, stampFault }: TrafficParts) {
    const { retryMs, ordersPerSecond: count = ORDERS_PER_SECOND } = tempo;
    this.#clock = clock;
    this.#key = new KeyTrust(key);
    this.#pace = new Pace(clock, { count, spanMs: 1_000 });
    this.#stampFault = stampFault;
    const breaker = (name: LaneName, rest: { retryMs: () => number; probe?: typeof probe }) =>
      new Breaker({
        ...{ name, clock, ...rest },
        isFault: (reply) => this.#isFault(reply),
        onChange: (state) => {
          log.warn({ lane: name, state }, 'a breaker of the venue has changed');
          if (name === 'orders') this.#changed(state);
        },
      });
    this.#orders = breaker('orders', { retryMs: () => retryMs ?? this.#ordersRetryMs(), probe });
    this.#reads = breaker('reads', { retryMs: () => retryMs ?? READS_RETRY_MS });
    this.#cancels = breaker('cancels', { retryMs: () => retryMs ?? READS_RETRY_MS });
  }

  /** What came back from a private call. */
  count(route: Route, reply: WireReply): void {
    if (reply.kind !== 'answer' || !routes[route].path.startsWith('/api/v1/')) return;
    const { status, retryAfterMs = BLOCK_MS } = reply;
    const blockMs = Math.min(retryAfterMs, BLOCK_MAX_MS);
    if (status === 429) this.#blockedUntil.set(route, this.#clock.elapsed() + blockMs);
    if (status === 401) this.#refusedAt = this.#clock.elapsed();
    this.#key.told(status);
    this.isKeyRefused();
  }

  /** While the venue refuses our key no order goes; another key, or an accepted call, is the end of it. */
  isKeyRefused(): boolean {
    const isRefused = this.#key.isRefused();
    if (isRefused && !this.#wasKeyRefused) this.#orders.open();
    if (!isRefused && this.#wasKeyRefused) this.#orders.close();
    this.#wasKeyRefused = isRefused;
    return isRefused;
  }

  /** Why no order may go now; undefined while it may. */
  hold(): VenueHold | undefined {
    const isKeyRefused = this.isKeyRefused();
    const blockedMs = this.#blockedMs('order.submit');
    const stampFault = this.#stampFault();
    if (this.#orders.state !== 'closed') {
      const why = isKeyRefused
        ? `the venue refused our key ${this.#key.refusals} times in a row; check credentials, IP allow-list and clock`
        : 'most calls to the venue failed';
      return { kind: 'breaker', why, retryAfterMs: this.#orders.waitMs };
    }
    if (stampFault !== undefined) {
      return { kind: 'clock', why: stampFault, retryAfterMs: CLOCK_RETRY_MS };
    }
    if (blockedMs === 0) return undefined;
    return {
      kind: 'rate-limit',
      why: 'the venue takes no orders for now',
      retryAfterMs: blockedMs,
    };
  }

  states(): Readonly<Record<LaneName, BreakerState>> {
    const reads = this.isKeyRefused() ? 'open' : this.#reads.state;
    return { orders: this.#orders.state, cancels: this.#cancels.state, reads };
  }

  /**
   * Waits for its place in the venue's second; whatever has come up by then is for the breaker and its
   * last gate to see. The breaker is asked behind the wait: who waits says nothing of the venue.
   */
  order(call: () => Promise<WireReply>): Promise<WireReply | 'open'> {
    return this.#pace.run(() => this.#orders.run(call), hasLeft);
  }

  /** A text says why the question was not asked. */
  async read(route: Route, call: () => Promise<WireReply>): Promise<WireReply | string> {
    if (this.isKeyRefused()) {
      return 'the venue refuses our key; asked again when a probe was accepted';
    }
    const stampFault = this.#stampFault();
    if (stampFault !== undefined && !this.#isReadWorthATry()) return stampFault;
    const blockedMs = this.#blockedMs(route);
    if (blockedMs > 0) return `the venue wants ${Math.ceil(blockedMs / 1_000)} s without this call`;
    const reply = await this.#reads.run(call);
    return reply === 'open' ? 'most reads from the venue failed; asked again in seconds' : reply;
  }

  /** Never refuses. */
  async cancel(call: () => Promise<WireReply>): Promise<WireReply> {
    if (!this.isKeyRefused()) return this.#cancels.pass(call);
    return this.#refusedCancels.run(async () => {
      await this.#pause(this.#key.waitMs(REFUSED_CANCELS));
      return this.#cancels.pass(call);
    });
  }

  close(): void {
    this.#closing.abort(new Error('the venue is left'));
    for (const lane of [this.#orders, this.#cancels, this.#reads]) lane.shutdown();
  }

  /**
   * A refusal of one order is none of the venue's doing. Neither is a single 401: five in a row are
   * counted apart, and from then on one more keeps a breaker open.
   */
  #isFault(reply: WireReply): boolean {
    if (reply.kind !== 'answer') return reply.kind !== 'refused';
    const { status } = reply;
    return status >= 500 || status === 403 || (status === 401 && this.#key.isRefused());
  }

  /**
   * Though its stamp would be refused for all we know. A server/time that lies or is silent does not
   * keep a kill from finding its orders: what counts is what the venue refused itself.
   */
  #isReadWorthATry(): boolean {
    const { refusals } = this.#key;
    if (refusals === 0) return true;
    return refusals < READ_TRIES && this.#clock.elapsed() - this.#refusedAt >= READ_TRY_MS;
  }

  #changed(state: BreakerState): void {
    if (state === 'open') this.#openings += 1;
    if (state === 'closed') this.#closedAt = this.#clock.elapsed();
  }

  /** Doubles from opening to opening; a refused key's every probe counts towards a ban. */
  #ordersRetryMs(): number {
    if (this.#key.isRefused()) return this.#key.waitMs(REFUSED_RETRY);
    const isCalm =
      this.#orders.state === 'closed' && this.#clock.elapsed() - this.#closedAt > CALM_MS;
    if (isCalm) this.#openings = 0;
    return Math.min(ORDERS_RETRY.firstMs * 2 ** Math.min(this.#openings, 10), ORDERS_RETRY.maxMs);
  }

  /** Ends early when the key works again. */
  async #pause(ms: number): Promise<void> {
    const until = this.#clock.elapsed() + ms;
    const { signal } = this.#closing;
    while (this.isKeyRefused() && this.#clock.elapsed() < until && !signal.aborted) {
      await this.#clock.after(LOOK_MS, signal).catch(() => undefined);
    }
  }

  #blockedMs(route: Route): number {
    return Math.max(0, (this.#blockedUntil.get(route) ?? 0) - this.#clock.elapsed());
  }
}

const hasLeft = (reply: WireReply | 'open'): boolean =>
  reply !== 'open' && reply.kind !== 'refused' && reply.kind !== 'not-written';
