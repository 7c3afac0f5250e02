import type { Client } from 'undici';
import type { Clock } from '../../../crds/clock.ts';
import { type Amount, decimal } from '../../order/amount.ts';
import type { Terms } from '../../order/order.ts';
import {
  type Balance,
  type CancelReply,
  type LastGate,
  type PlaceReply,
  type Venue,
  VenueFailure,
  type VenueOrder,
} from '../venue.ts';
import { type Classified, classify, placeReply } from './classify.ts';
import { exchange, venueClient, type WireReply, type WireRequest } from './exchange.ts';
import type { Meter, Route } from './meter.ts';
import { balanceRow, listOf, openOrderList, orderTime, venueOrder } from './replies.ts';
import { type Credentials, StampSource, signedHeaders } from './signature.ts';

export interface BtcturkParts {
  readonly origin: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly credentials: () => Credentials | undefined;
  readonly meter: Meter;
}

/** The venue refuses stamps it has seen, and its window is ±5 s: sign and write together. */
const WRITE_WITHIN_MS = 500;
const PAGE_SIZE = 100;
const PAGES_MAX = 20;
const PING = '/api/v2/server/ping';

/** BTCTurk's private API v1. Each lane has a connection of its own; reads and cancels as well. */
export class Btcturk implements Venue {
  readonly #parts: BtcturkParts;
  readonly #stamps = new StampSource();
  readonly #lanes = new Map<string, Client>();

  constructor(parts: BtcturkParts) {
    this.#parts = parts;
  }

  async place(terms: Terms, lane: number, gate: LastGate): Promise<PlaceReply> {
    const { clock, timeoutMs } = this.#parts;
    const client = this.#client(`place-${lane}`);
    if (!(client.stats.connected ?? false)) {
      // Connects first: what is signed now would be old by the time a new socket can take it.
      const warm = await this.#exchange('server.ping', client, { method: 'GET', path: PING });
      if (warm.kind !== 'answer') return { kind: 'not-sent', message: messageOf(warm) };
    }
    const credentials = this.#parts.credentials();
    if (credentials === undefined) return { kind: 'not-sent', message: 'no venue credentials' };
    const signedAt = clock.elapsed();
    const request = submit(terms, this.#sign(credentials));
    const reply = await this.#exchange('order.submit', client, request, {
      timeoutMs,
      atWrite: () => clock.elapsed() - signedAt <= WRITE_WITHIN_MS && gate(),
    });
    return placeReply(reply);
  }

  async cancel({ venueId }: { readonly venueId: string }): Promise<CancelReply> {
    const path = `/api/v1/order?id=${encodeURIComponent(venueId)}`;
    const reply = await this.#private('order.cancel', { method: 'DELETE', path }, 'cancel');
    if (reply.kind === 'no-key') return { kind: 'failed', message: 'no venue credentials' };
    const { errorClass, message } = reply.classified;
    if (errorClass === 'none') return { kind: 'accepted' };
    // Closed, market, or gone: nothing is left to cancel; the order's own state is asked next.
    if (/NO_ORDER_MATCHES|COULD_NOT_BE_CANCEL/i.test(message)) return { kind: 'accepted' };
    const { retryAfterMs } = reply;
    return { kind: 'failed', message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    const data = await this.#read('openOrders', '/api/v1/openOrders');
    return ordersIn(openOrderList(data), 'openOrders');
  }

  async order(venueId: string): Promise<VenueOrder | undefined> {
    const path = `/api/v1/order/${encodeURIComponent(venueId)}`;
    const reply = await this.#private('order.get', { method: 'GET', path }, 'read');
    if (reply.kind === 'no-key') throw new VenueFailure('no venue credentials');
    const { errorClass, message, body } = reply.classified;
    if (errorClass === 'rejected' && /not found/i.test(message)) return undefined;
    if (errorClass !== 'none') throw new VenueFailure(`order ${venueId}: ${message}`);
    return venueOrder(body?.data);
  }

  /** Pages from the newest back; the time of the oldest row tells when enough was read. */
  async history(symbol: string, since: number): Promise<readonly VenueOrder[]> {
    const found: VenueOrder[] = [];
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const query = new URLSearchParams({
        pairSymbol: symbol,
        page: `${page}`,
        limit: `${PAGE_SIZE}`,
      });
      const rows = listOf(await this.#read('allOrders', `/api/v1/allOrders?${query}`));
      found.push(...ordersIn(rows, 'allOrders'));
      const oldest = orderTime(rows?.at(-1));
      if (rows === undefined || rows.length < PAGE_SIZE || (oldest > 0 && oldest < since))
        return found;
    }
    throw new VenueFailure(`allOrders of ${symbol}: more than ${PAGES_MAX} pages since ${since}`);
  }

  async balances(): Promise<readonly Balance[]> {
    const rows = listOf(await this.#read('balances', '/api/v1/users/balances'));
    return (rows ?? []).flatMap((row) => balanceRow(row) ?? []);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((client) => client.destroy()));
  }

  async #read(route: Route, path: string): Promise<unknown> {
    const reply = await this.#private(route, { method: 'GET', path }, 'read');
    if (reply.kind === 'no-key') throw new VenueFailure(`${route}: no venue credentials`);
    const { errorClass, message, body } = reply.classified;
    if (errorClass !== 'none') throw new VenueFailure(`${route}: ${message}`);
    return body?.data;
  }

  async #private(route: Route, request: WireRequest, lane: string): Promise<PrivateReply> {
    const credentials = this.#parts.credentials();
    if (credentials === undefined) return { kind: 'no-key' };
    const signed = { ...request, ...this.#sign(credentials) };
    const reply = await this.#exchange(route, this.#client(lane), signed);
    if (reply.kind === 'refused') throw new Error('only orders pass the last gate');
    const retryAfterMs = reply.kind === 'answer' ? reply.retryAfterMs : undefined;
    const classified = classify(reply);
    return { kind: 'reply', classified, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }

  async #exchange(
    route: Route,
    client: Client,
    request: WireRequest,
    terms: { readonly timeoutMs?: number; readonly atWrite?: () => boolean } = {},
  ): Promise<WireReply> {
    const { clock, timeoutMs, meter } = this.#parts;
    const reply = await exchange(client, request, { clock, timeoutMs, ...terms });
    meter.count(route, reply);
    return reply;
  }

  #sign(credentials: Credentials): Signed {
    const stamp = this.#stamps.next(this.#parts.clock.wall());
    const signed = signedHeaders(credentials, stamp);
    const { publicKey, privateKey } = credentials;
    const secrets = [publicKey, privateKey, signed['X-Signature'] ?? ''];
    return { headers: { ...signed, 'content-type': 'application/json' }, secrets };
  }

  #client(lane: string): Client {
    const known = this.#lanes.get(lane);
    if (known !== undefined) return known;
    const client = venueClient(this.#parts.origin);
    this.#lanes.set(lane, client);
    return client;
  }
}

type Signed = Required<Pick<WireRequest, 'headers' | 'secrets'>>;

type PrivateReply =
  | { readonly kind: 'no-key' }
  | { readonly kind: 'reply'; readonly classified: Classified; readonly retryAfterMs?: number };

/** A market buy spends an amount of quote currency: the venue reads `quantity` as that. */
function submit(terms: Terms, signed: Signed): WireRequest {
  const amount = terms.quoteQuantity ?? terms.quantity;
  if (amount === undefined) throw new Error(`order ${terms.id} has no amount`);
  const price: { price?: string } =
    terms.price === undefined ? {} : { price: decimal(terms.price) };
  const body = JSON.stringify({
    pairSymbol: terms.symbol,
    orderType: terms.side,
    orderMethod: terms.type,
    quantity: decimal(amount satisfies Amount),
    ...price,
    newOrderClientId: terms.id,
  });
  return { method: 'POST', path: '/api/v1/order', ...signed, body };
}

function ordersIn(rows: readonly unknown[] | undefined, what: string): VenueOrder[] {
  if (rows === undefined) throw new VenueFailure(`${what}: the answer is not a list of orders`);
  return rows.map((row) => {
    const order = venueOrder(row);
    if (order === undefined) throw new VenueFailure(`${what}: an order that cannot be read`);
    return order;
  });
}

const messageOf = (reply: WireReply): string => ('message' in reply ? reply.message : reply.kind);
