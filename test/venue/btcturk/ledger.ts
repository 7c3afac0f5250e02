import { fixed, plain } from './amount.ts';
import { isOpen, type Order, type OrderStatus } from './order.ts';
import type { RouteName } from './settings.ts';

/** How a request ended. `pending`: not yet. `hung`: never. `dropped`: blocked. `gone`: the client was. */
export type Outcome =
  | { readonly kind: 'pending' | 'hung' | 'reset' | 'dropped' | 'gone' }
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly message: string | undefined;
      readonly code: number | undefined;
      readonly at: number;
    };

/** One request the venue saw. Times are true wall-clock ms, whatever skew is set. No signatures. */
export interface SeenRequest {
  readonly seq: number;
  /** When its head arrived. */
  readonly at: number;
  readonly route: RouteName | 'unknown';
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly stamp: number | undefined;
  readonly publicKey: string | undefined;
  clientId: string | undefined;
  symbol: string | undefined;
  /** The order it created or named. */
  orderId: string | undefined;
  faults: readonly string[];
  outcome: Outcome;
}

/** One accepted order: the facts of its acceptance, and what became of it. */
export interface AcceptedOrder {
  readonly seq: number;
  readonly id: string;
  readonly clientId: string;
  readonly account: string;
  readonly symbol: string;
  readonly side: Order['side'];
  readonly method: Order['method'];
  readonly quantity: string;
  readonly price: string;
  readonly acceptedAt: number;
  /** When the request that carried it arrived; absent for orders planted by the control API. */
  readonly arrivedAt: number | undefined;
  readonly requestSeq: number | undefined;
  readonly stamp: number | undefined;
  readonly isLate: boolean;
  readonly status: OrderStatus;
  readonly isOpen: boolean;
  readonly leftAmount: string;
  readonly filled: string;
  readonly endedAt: number | undefined;
}

export interface LedgerFilter {
  readonly route?: string | undefined;
  readonly symbol?: string | undefined;
  readonly clientId?: string | undefined;
  readonly publicKey?: string | undefined;
  readonly outcome?: string | undefined;
  readonly status?: string | undefined;
  /** Only what arrived or was accepted at or after this wall time, ms. */
  readonly since?: number | undefined;
}

export interface LedgerView {
  readonly orders: readonly AcceptedOrder[];
  readonly requests: readonly SeenRequest[];
  readonly counts: LedgerCounts;
}

export interface LedgerCounts {
  readonly orders: number;
  readonly open: number;
  readonly requests: number;
  readonly requestsForgotten: number;
  /** Moves with every entry and every change of an order. */
  readonly version: number;
}

export interface Origin {
  readonly request: SeenRequest | undefined;
  readonly isLate: boolean;
}

interface Entry extends Origin {
  readonly seq: number;
  readonly order: Order;
  readonly acceptedAt: number;
  endedAt: number | undefined;
}

/** Requests kept in memory: an hour at 100 a second. Orders are never forgotten. */
const REQUESTS_MAX = 360_000;

/** What the venue saw and accepted, in order. Tests assert on this and on nothing the client says. */
export class Ledger {
  #requests: SeenRequest[] = [];
  readonly #entries = new Map<bigint, Entry>();
  readonly #watchers = new Set<() => void>();
  readonly #now: () => number;
  #forgotten = 0;
  #ended = 0;
  #seq = 0;
  #version = 0;

  readonly #requestsMax: number;

  /** `now` is the true wall clock, in ms. */
  constructor(now: () => number, requestsMax = REQUESTS_MAX) {
    this.#now = now;
    this.#requestsMax = requestsMax;
  }

  arrived(
    request: Omit<SeenRequest, 'seq' | 'at' | 'outcome' | 'faults' | 'orderId'>,
  ): SeenRequest {
    const seq = this.#takeSeq();
    const seen: SeenRequest = {
      seq,
      at: this.#now(),
      ...request,
      orderId: undefined,
      faults: [],
      outcome: { kind: 'pending' },
    };
    this.#requests.push(seen);
    // A tenth more before the oldest go, so that a full ledger is not copied at every request.
    if (this.#requests.length > this.#requestsMax * 1.1) {
      this.#forgotten += this.#requests.length - this.#requestsMax;
      this.#requests = this.#requests.slice(-this.#requestsMax);
    }
    this.changed();
    return seen;
  }

  accepted(order: Order, origin: Origin): void {
    const entry = { ...origin, seq: this.#takeSeq(), order, acceptedAt: this.#now() };
    this.#entries.set(order.id, { ...entry, endedAt: undefined });
    this.changed();
  }

  ended(order: Order): void {
    const entry = this.#entries.get(order.id);
    if (entry !== undefined && entry.endedAt === undefined) {
      entry.endedAt = this.#now();
      this.#ended += 1;
    }
    this.changed();
  }

  /** Wakes those who wait: an entry or an order is not what it was. */
  changed(): void {
    this.#version += 1;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Calls `watcher` on each change until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  counts(): LedgerCounts {
    return {
      orders: this.#entries.size,
      open: this.#entries.size - this.#ended,
      requests: this.#requests.length + this.#forgotten,
      requestsForgotten: this.#forgotten,
      version: this.#version,
    };
  }

  view(filter: LedgerFilter = {}): LedgerView {
    const orders = [...this.#entries.values()]
      .map(shown)
      .filter((order) => orderFits(order, filter));
    const requests = this.#requests
      .filter((request) => requestFits(request, filter))
      .map((request) => ({ ...request }));
    return { orders, requests, counts: this.counts() };
  }

  clear(): void {
    this.#requests = [];
    this.#entries.clear();
    this.#forgotten = 0;
    this.#ended = 0;
    this.changed();
  }

  #takeSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }
}

function shown({ seq, order, acceptedAt, endedAt, request, isLate }: Entry): AcceptedOrder {
  return {
    seq,
    id: String(order.id),
    clientId: order.clientId,
    account: order.account,
    symbol: order.symbol.name,
    side: order.side,
    method: order.method,
    quantity: plain(order.quantity),
    price: plain(order.price),
    acceptedAt,
    arrivedAt: request?.at,
    requestSeq: request?.seq,
    stamp: request?.stamp,
    isLate,
    status: order.status,
    isOpen: isOpen(order),
    leftAmount: fixed(order.left, 16),
    filled: plain(order.filledBase),
    endedAt,
  };
}

function orderFits(order: AcceptedOrder, filter: LedgerFilter): boolean {
  if (filter.symbol !== undefined && order.symbol !== filter.symbol) return false;
  if (filter.clientId !== undefined && order.clientId !== filter.clientId) return false;
  if (filter.status !== undefined && order.status !== filter.status) return false;
  return filter.since === undefined || order.acceptedAt >= filter.since;
}

function requestFits(request: SeenRequest, filter: LedgerFilter): boolean {
  if (filter.route !== undefined && request.route !== filter.route) return false;
  if (filter.symbol !== undefined && request.symbol !== filter.symbol) return false;
  if (filter.clientId !== undefined && request.clientId !== filter.clientId) return false;
  if (filter.publicKey !== undefined && request.publicKey !== filter.publicKey) return false;
  if (filter.outcome !== undefined && outcomeName(request.outcome) !== filter.outcome) return false;
  return filter.since === undefined || request.at >= filter.since;
}

/** `200`, `429`, … for an answer, the kind otherwise. */
function outcomeName(outcome: Outcome): string {
  return outcome.kind === 'answered' ? String(outcome.status) : outcome.kind;
}
