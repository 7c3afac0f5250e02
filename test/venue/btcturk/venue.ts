import { seeded } from '../random.ts';
import { Timers } from '../timers.ts';
import { type ApiKey, Bans, Keyring } from './authentication.ts';
import { Exchange, type VenueEvent } from './exchange.ts';
import { Faults } from './faults.ts';
import { Ledger, type Origin } from './ledger.ts';
import { FixedWindows } from './limits.ts';
import {
  defaultSettings,
  publishedLimits,
  type Quota,
  type RouteName,
  type Settings,
} from './settings.ts';

export interface VenueOptions {
  readonly keys: readonly ApiKey[];
  readonly balances: Readonly<Record<string, string>>;
  readonly settings: Partial<Settings>;
  readonly seed: number;
  /** True wall clock in ms; limits and ledger use it, stamps see it with the skew added. */
  readonly now: () => number;
  readonly firstOrderId: bigint;
}

const NOBODY: Origin = { request: undefined, isLate: false };

/** Everything the simulated venue remembers. `reset` makes it as new. */
export class Venue {
  readonly keyring: Keyring;
  readonly bans = new Bans();
  readonly windows = new FixedWindows();
  readonly timers = new Timers();
  readonly ledger: Ledger;
  readonly #options: VenueOptions;
  readonly #listeners = new Set<(event: VenueEvent) => void>();
  settings: Settings;
  skewMs = 0;
  faults: Faults;
  exchange: Exchange;
  #origin: Origin = NOBODY;

  constructor(options: VenueOptions) {
    this.#options = options;
    this.keyring = new Keyring(options.keys);
    this.ledger = new Ledger(options.now);
    this.settings = { ...defaultSettings, ...options.settings };
    this.faults = new Faults(seeded(options.seed));
    this.exchange = this.#newExchange();
  }

  now(): number {
    return this.#options.now();
  }

  /** The venue's own clock, ms: what server/time says and stamps are compared with. */
  venueNow(): number {
    return Math.round(this.now() + this.skewMs);
  }

  /** The number under which the feed names a customer. */
  userId(account: string): number {
    return this.keyring.accounts().indexOf(account) + 1;
  }

  quotas(route: RouteName): readonly Quota[] {
    if (!this.settings.limiter) return [];
    return this.settings.limits[route] ?? publishedLimits[route] ?? [];
  }

  /** Runs `work` so that orders accepted in it are booked to this request. */
  onBehalfOf<T>(origin: Origin, work: () => T): T {
    this.#origin = origin;
    try {
      return work();
    } finally {
      this.#origin = NOBODY;
    }
  }

  /** Hears every event of the exchange until the returned function is called. */
  listen(listener: (event: VenueEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reset(): void {
    this.timers.clear();
    this.bans.clear();
    this.windows.clear();
    this.keyring.forget();
    this.skewMs = 0;
    this.settings = { ...defaultSettings, ...this.#options.settings };
    this.faults = new Faults(seeded(this.#options.seed));
    this.exchange = this.#newExchange();
    this.ledger.clear();
  }

  #newExchange(): Exchange {
    const { seed, balances, firstOrderId } = this.#options;
    return new Exchange({
      random: seeded(seed),
      timers: this.timers,
      venueNow: () => this.venueNow(),
      settings: () => this.settings,
      tell: (event) => this.#heard(event),
      accounts: this.keyring.accounts(),
      balances,
      firstOrderId,
    });
  }

  #heard(event: VenueEvent): void {
    if (event.kind === 'accepted') this.ledger.accepted(event.order, this.#origin);
    if (event.kind === 'traded') this.ledger.changed();
    if (event.kind === 'canceled' || event.kind === 'closed') this.ledger.ended(event.order);
    for (const listener of this.#listeners) listener(event);
  }
}
