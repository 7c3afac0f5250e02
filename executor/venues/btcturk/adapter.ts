import type { Clock } from '../../../crds/clock.ts';
import { Line } from '../../lanes/line.ts';
import type { Log } from '../../log.ts';
import type { Terms } from '../../order/order.ts';
import type { Tempo } from '../market.ts';
import {
  type Balance,
  type CancelReply,
  type HistoryStart,
  type LastGate,
  type PlaceReply,
  type Venue,
  VenueFailure,
  type VenueOrder,
} from '../venue.ts';
import { type Classified, classify, placeReply } from './classify.ts';
import type { Connections } from './connections.ts';
import type { WireReply, WireRequest } from './exchange.ts';
import { completeHistory, PAGE_SIZE } from './history.ts';
import type { Meter, Route } from './meter.ts';
import { balanceRow, listOf, openOrderList, venueOrder } from './replies.ts';
import { type Credentials, StampSource, signedHeaders } from './signature.ts';
import { type Signed, submission } from './submission.ts';
import { Traffic } from './traffic.ts';
import { ping } from './warmth.ts';

export interface BtcturkParts {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly credentials: () => Credentials | undefined;
  readonly meter: Meter;
  readonly log: Log;
  /** Why the venue would refuse a stamp of ours now. */
  readonly stampFault: () => string | undefined;
  readonly tempo?: Tempo | undefined;
}

/** The venue refuses stamps it has seen, and its window is ±5 s: sign and write together. */
const WRITE_WITHIN_MS = 500;
/** An order's stamp is not further ahead of our clock: what the last gate promised would not hold. */
const ORDER_AHEAD_MS = 1_000;
/** Others may be as far ahead as the venue takes for sure. */
const AHEAD_MS = 4_000;
/** For a read or cancel that has to connect first; it goes on without an answer. */
const WARM_MS = 1_000;
const SIGN_TRIES = 3;

/** Names of connections. */
export const CANCEL = 'cancel';
const READ = 'read';
/** People ask for balances as often as they like: what follows orders does not wait behind them. */
const BALANCES = 'balances';
export const placeLane = (lane: number): string => `place-${lane}`;

/** BTCTurk's private API v1. Each lane has a connection of its own; reads and cancels as well. */
export class Btcturk implements Venue {
  readonly traffic: Traffic;
  readonly #parts: BtcturkParts;
  readonly #stamps = new StampSource();
  /** Who waits for a connection is signed when it is free, not before. */
  readonly #lines: Readonly<Record<LineName, Line>> = {
    [CANCEL]: new Line(),
    [READ]: new Line(),
    [BALANCES]: new Line(),
  };

  constructor(parts: BtcturkParts) {
    this.#parts = parts;
    const { clock, log, credentials: key, tempo, stampFault } = parts;
    const path = '/api/v1/openOrders';
    const question = { route: 'openOrders', request: { method: 'GET', path }, name: READ } as const;
    const probe = () => this.#inLine(question, (ask) => ask());
    this.traffic = new Traffic({ clock, log, key, tempo, probe, stampFault });
  }

  async place(terms: Terms, lane: number, gate: LastGate): Promise<PlaceReply> {
    const reply = await this.traffic.order(() => this.#submit(terms, placeLane(lane), gate));
    if (reply !== 'open') return placeReply(reply);
    const message = 'the breaker of the venue has opened meanwhile';
    return { kind: 'not-sent', code: 'VENUE_BREAKER_OPEN', message };
  }

  async cancel({ venueId }: { readonly venueId: string }): Promise<CancelReply> {
    const path = `/api/v1/order?id=${encodeURIComponent(venueId)}`;
    const request = { method: 'DELETE', path } as const;
    const question = { route: 'order.cancel', request, name: CANCEL } as const;
    if (this.#parts.credentials() === undefined) return { kind: 'failed', message: NO_KEY };
    const reply = await this.traffic.cancel(() => this.#inLine(question, (ask) => ask()));
    const { errorClass, message } = classify(answered(reply));
    if (errorClass === 'none') return { kind: 'accepted' };
    // Closed, market, or gone: nothing is left to cancel; the order's own state is asked next.
    if (/NO_ORDER_MATCHES|COULD_NOT_BE_CANCEL/i.test(message)) return { kind: 'accepted' };
    const retryAfterMs = reply.kind === 'answer' ? reply.retryAfterMs : undefined;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { kind: 'failed', message, errorClass, ...wait };
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    const data = await this.#read('openOrders', '/api/v1/openOrders');
    return ordersIn(openOrderList(data), 'openOrders');
  }

  async order(venueId: string): Promise<VenueOrder | undefined> {
    const path = `/api/v1/order/${encodeURIComponent(venueId)}`;
    const { errorClass, message, body } = await this.#ask('order.get', path);
    if (errorClass === 'rejected' && /not found/i.test(message)) return undefined;
    if (errorClass !== 'none') throw new VenueFailure(`order ${venueId}: ${message}`);
    const order = venueOrder(body?.data);
    if (order === undefined) throw new VenueFailure(`order ${venueId}: it cannot be read`);
    return order;
  }

  history(symbol: string, { since, from }: HistoryStart): Promise<readonly VenueOrder[]> {
    return completeHistory(async (page) => {
      const query = new URLSearchParams({
        pairSymbol: symbol,
        // Ids at or above it; the venue's time filters are not reliable.
        ...(from === undefined ? {} : { orderId: from }),
        page: `${page}`,
        limit: `${PAGE_SIZE}`,
      });
      const rows = listOf(await this.#read('allOrders', `/api/v1/allOrders?${query}`));
      return ordersIn(rows, `allOrders of ${symbol}`);
    }, since);
  }

  async balances(): Promise<readonly Balance[]> {
    const rows = listOf(await this.#read('balances', '/api/v1/users/balances', BALANCES));
    return (rows ?? []).flatMap((row) => balanceRow(row) ?? []);
  }

  async close(): Promise<void> {
    this.traffic.close();
  }

  async #submit(terms: Terms, name: string, gate: LastGate): Promise<WireReply> {
    const { clock, connections, credentials, timeoutMs } = this.#parts;
    if (!connections.isConnected(name) && !(await ping(this.#parts, name, timeoutMs))) {
      // Connects first: what is signed now would be old by the time a new socket can take it.
      return { kind: 'not-written', message: 'the venue does not answer a ping' };
    }
    const key = credentials();
    if (key === undefined) return { kind: 'not-written', message: NO_KEY };
    await this.#inStep(ORDER_AHEAD_MS);
    const signedAt = clock.elapsed();
    const request = submission(terms, this.#sign(key));
    const atWrite = () => clock.elapsed() - signedAt <= WRITE_WITHIN_MS && gate();
    return this.#exchange('order.submit', name, request, atWrite);
  }

  async #read(route: Route, path: string, name: LineName = READ): Promise<unknown> {
    const { errorClass, message, body } = await this.#ask(route, path, name);
    if (errorClass !== 'none') throw new VenueFailure(`${route}: ${message}`);
    return body?.data;
  }

  async #ask(route: Route, path: string, name: LineName = READ): Promise<Classified> {
    if (this.#parts.credentials() === undefined) throw new VenueFailure(`${route}: ${NO_KEY}`);
    const question = { route, request: { method: 'GET', path }, name } as const;
    // Whether it may be asked is settled at its turn: what waits behind a refused read is not sent.
    const reply = await this.#inLine(question, (ask) => this.traffic.read(route, ask));
    if (typeof reply === 'string') throw new VenueFailure(`${route}: not asked: ${reply}`);
    return classify(answered(reply));
  }

  /** A read or cancel has its turn when its connection is free; `turn` asks it, or leaves it. */
  #inLine<T>(question: Question, turn: (ask: () => Promise<WireReply>) => Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#parts;
    const until = clock.elapsed() + timeoutMs;
    return this.#lines[question.name].run(() => turn(() => this.#signed(question, until)));
  }

  /** Signed now, and anew should the write be late. */
  async #signed({ route, request, name }: Question, until: number): Promise<WireReply> {
    const { clock, connections, credentials, timeoutMs } = this.#parts;
    for (let tries = 0; tries < SIGN_TRIES; tries += 1) {
      if (clock.elapsed() >= until) break;
      if (!connections.isConnected(name)) {
        await ping(this.#parts, name, Math.min(WARM_MS, timeoutMs));
      }
      await this.#inStep(AHEAD_MS);
      const key = credentials();
      if (key === undefined) return { kind: 'not-written', message: NO_KEY };
      const signedAt = clock.elapsed();
      const signed = { ...request, ...this.#sign(key) };
      const atWrite = () => clock.elapsed() - signedAt <= WRITE_WITHIN_MS;
      const reply = await this.#exchange(route, name, signed, atWrite);
      if (reply.kind !== 'refused') return reply;
    }
    return { kind: 'not-written', message: `no free connection within ${timeoutMs} ms` };
  }

  async #exchange(
    route: Route,
    name: string,
    request: WireRequest,
    atWrite: () => boolean,
  ): Promise<WireReply> {
    const { connections, timeoutMs, meter } = this.#parts;
    const reply = await connections.call(name, request, { timeoutMs, atWrite });
    meter.count(route, reply);
    this.traffic.count(route, reply);
    return reply;
  }

  async #inStep(aheadMs: number): Promise<void> {
    const { clock } = this.#parts;
    for (;;) {
      const waitMs = this.#stamps.waitMs(clock.wall(), aheadMs);
      if (waitMs === 0) return;
      await clock.after(waitMs);
    }
  }

  #sign(credentials: Credentials): Signed {
    const stamp = this.#stamps.next(this.#parts.clock.wall());
    const signed = signedHeaders(credentials, stamp);
    const { publicKey, privateKey } = credentials;
    const secrets = [publicKey, privateKey, signed['X-Signature'] ?? ''];
    return { headers: { ...signed, 'content-type': 'application/json' }, secrets };
  }
}

const NO_KEY = 'no venue credentials';
type LineName = typeof CANCEL | typeof READ | typeof BALANCES;

interface Question {
  readonly route: Route;
  readonly request: WireRequest;
  readonly name: LineName;
}

function answered(reply: WireReply): Exclude<WireReply, { kind: 'refused' }> {
  if (reply.kind === 'refused') throw new Error('only orders pass the last gate');
  return reply;
}

function ordersIn(rows: readonly unknown[] | undefined, what: string): VenueOrder[] {
  if (rows === undefined) throw new VenueFailure(`${what}: the answer is not a list of orders`);
  return rows.map((row) => {
    const order = venueOrder(row);
    if (order === undefined) throw new VenueFailure(`${what}: an order that cannot be read`);
    return order;
  });
}
