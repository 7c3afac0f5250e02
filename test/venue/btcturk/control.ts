import { z } from 'zod';
import { amount, fixed, parseAmount, plain } from './amount.ts';
import type { FaultOrder } from './faults.ts';
import type { Feed } from './feed.ts';
import type { LedgerCounts, LedgerFilter, LedgerView } from './ledger.ts';
import { Settings } from './settings.ts';
import type { Venue } from './venue.ts';
import type { Wire } from './wire.ts';

const decimal = z
  .string()
  .refine((text) => parseAmount(text) !== undefined, 'a decimal string with at most 12.16 digits')
  .transform((text) => amount(text));

export const ClockOrder = z.strictObject({
  /** Added to the venue's clock: positive = the venue is ahead of us. */
  skewMs: z.int().optional(),
  windowMs: z.int().min(0).optional(),
});
export const FillOrder = z.strictObject({
  id: z.string().regex(/^\d{1,19}$/),
  quantity: decimal,
  price: decimal.optional(),
});
export const PricesOrder = z.strictObject({
  symbol: z.string(),
  bid: decimal.optional(),
  ask: decimal.optional(),
  last: decimal.optional(),
  depth: decimal.optional(),
});
export const BalanceOrder = z.strictObject({
  account: z.string().default('main'),
  asset: z.string(),
  balance: decimal,
});
export const SettingsOrder = Settings.partial();

/** What to wait for. Counts are those of the filtered entries. */
export interface Wish extends LedgerFilter {
  /** At least so many accepted orders. */
  readonly orders?: number | undefined;
  /** At least so many requests. */
  readonly requests?: number | undefined;
  /** At most so many open orders. */
  readonly openAtMost?: number | undefined;
}

export interface Waited {
  readonly reached: boolean;
  readonly counts: LedgerCounts;
}

/** A refusal of the control API: what was asked for cannot be done. */
export class ControlProblem extends Error {}

/** The levers of the simulator, the same in process and over HTTP. */
export class Control {
  readonly #venue: Venue;
  readonly #wire: Wire;
  /** Levers of the WebSocket feed. */
  readonly feed: Feed;

  constructor(venue: Venue, faces: { readonly wire: Wire; readonly feed: Feed }) {
    this.#venue = venue;
    this.#wire = faces.wire;
    this.feed = faces.feed;
  }

  ledger(filter: LedgerFilter = {}): LedgerView {
    return this.#venue.ledger.view(filter);
  }

  /** Resolves when the wish holds or after `timeoutMs`; `reached` says which. */
  wait(wish: Wish, timeoutMs = 10_000): Promise<Waited> {
    const { ledger } = this.#venue;
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        unwatch();
        clearTimeout(timer);
        resolve({ reached, counts: ledger.counts() });
      };
      const unwatch = ledger.watch(() => {
        if (this.#holds(wish)) settle(true);
      });
      const timer = setTimeout(() => settle(false), timeoutMs);
      if (this.#holds(wish)) settle(true);
    });
  }

  /** Orders a fault and returns its id; see README for the kinds. */
  addFault(order: FaultOrder): string {
    return this.#venue.faults.add(order, this.#venue.now());
  }

  removeFaults(id?: string): number {
    return this.#venue.faults.remove(id);
  }

  faults(): readonly Record<string, unknown>[] {
    return this.#venue.faults.list(this.#venue.now());
  }

  clock(order: z.input<typeof ClockOrder> = {}): Record<string, number> {
    const { skewMs, windowMs } = ClockOrder.parse(order);
    if (skewMs !== undefined) this.#venue.skewMs = skewMs;
    if (windowMs !== undefined) this.#venue.settings = { ...this.#venue.settings, windowMs };
    const { settings } = this.#venue;
    return {
      skewMs: this.#venue.skewMs,
      windowMs: settings.windowMs,
      venueTime: this.#venue.venueNow(),
    };
  }

  /** Trades part or all of an open order, at its own price unless one is given. */
  fill(order: z.input<typeof FillOrder>): Record<string, string> {
    const { id, quantity, price } = FillOrder.parse(order);
    const filled = this.#venue.exchange.fill(BigInt(id), quantity, price);
    if (typeof filled === 'string')
      throw new ControlProblem(`order ${id} cannot be filled: ${filled}`);
    return { id, status: filled.status, leftAmount: fixed(filled.left, 16) };
  }

  prices(order: z.input<typeof PricesOrder>): Record<string, string> {
    const { symbol, ...given } = PricesOrder.parse(order);
    if (!this.#venue.exchange.markets.has(symbol)) {
      throw new ControlProblem(`pair "${symbol}" is not one of the simulator's`);
    }
    const changes = Object.entries(given).filter(([, value]) => value !== undefined);
    const market = this.#venue.exchange.setPrices(symbol, Object.fromEntries(changes));
    const { bid, ask, last, depth } = market;
    return { symbol, bid: plain(bid), ask: plain(ask), last: plain(last), depth: plain(depth) };
  }

  settings(changes: z.input<typeof SettingsOrder> = {}): Settings {
    const { settings } = this.#venue;
    const parsed = Object.entries(SettingsOrder.parse(changes));
    const given = Object.fromEntries(parsed.filter(([, value]) => value !== undefined));
    this.#venue.settings = { ...settings, ...given };
    this.#wire.server.keepAliveTimeout = this.#venue.settings.keepAliveMs;
    return this.#venue.settings;
  }

  balance(order: z.input<typeof BalanceOrder>): void {
    const { account, asset, balance } = BalanceOrder.parse(order);
    this.#venue.exchange.account(account).set(asset, balance);
  }

  /** Accepts an order that no request brought: one placed by hand in the venue's web page. */
  plant(body: unknown, account = 'main'): { readonly id: string } {
    const submitted = this.#venue.exchange.submit(account, body);
    if (submitted.kind === 'refused') {
      throw new ControlProblem(`the venue refuses the planted order: ${submitted.refusal.message}`);
    }
    return { id: String(submitted.order.id) };
  }

  /** Runs now what waits: late accepts, pending cancels, fills, delayed requests, feed frames. */
  release(what: 'late' | 'cancel' | 'fill' | 'delay' | 'feed' = 'late'): number {
    return this.#venue.timers.release(what);
  }

  /** Addresses blocked for too many 401s. */
  banned(): readonly string[] {
    return this.#venue.bans.banned();
  }

  reset(): void {
    this.#venue.reset();
    this.feed.reset();
    this.#wire.cutHanging();
    this.#wire.server.keepAliveTimeout = this.#venue.settings.keepAliveMs;
  }

  #holds(wish: Wish): boolean {
    const { orders = 0, requests = 0, openAtMost = Number.POSITIVE_INFINITY, ...filter } = wish;
    const isPlain = Object.values(filter).every((value) => value === undefined);
    const counts = isPlain ? this.#venue.ledger.counts() : filteredCounts(this.ledger(filter));
    return counts.orders >= orders && counts.requests >= requests && counts.open <= openAtMost;
  }
}

function filteredCounts(view: LedgerView): Pick<LedgerCounts, 'orders' | 'requests' | 'open'> {
  const open = view.orders.filter((order) => order.isOpen).length;
  return { orders: view.orders.length, requests: view.requests.length, open };
}
