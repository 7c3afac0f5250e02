import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Client } from 'undici';
import type { Clock } from '../../../crds/clock.ts';
import { type ExchangeTerms, exchange, type WireReply, type WireRequest } from './exchange.ts';

const CONNECT_TIMEOUT_MS = 4_000;
/** Shorter than the venue's: an idle socket it closes first would make unknown orders. */
const IDLE_MS = 8_000;
const IDLE_MAX_MS = 30_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

const ipv4First: LookupFunction = (host, options, callback) =>
  lookup(host, { ...options, order: 'ipv4first' }, callback);

interface Connection {
  readonly client: Client;
  usedAt: number;
}

/**
 * The pool: one kept-alive connection for each name, one call at a time on each, so that nothing
 * waits behind another lane's answer. There are as many sockets as names.
 */
export class Connections {
  readonly #origin: string;
  readonly #clock: Clock;
  readonly #known = new Map<string, Connection>();

  constructor(parts: { readonly origin: string; readonly clock: Clock }) {
    this.#origin = parts.origin;
    this.#clock = parts.clock;
  }

  async call(
    name: string,
    request: WireRequest,
    terms: Omit<ExchangeTerms, 'clock'>,
  ): Promise<WireReply> {
    const connection = this.#of(name);
    const reply = await exchange(connection.client, request, { ...terms, clock: this.#clock });
    connection.usedAt = this.#clock.elapsed();
    return reply;
  }

  /** False while the next call would have to connect first. */
  isConnected(name: string): boolean {
    return this.#of(name).client.stats.connected ?? false;
  }

  /** Since its last answer; 0 while a call is under way. */
  idleMs(name: string): number {
    const { client, usedAt } = this.#of(name);
    return client.stats.size > 0 ? 0 : this.#clock.elapsed() - usedAt;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ client }) => client.destroy()));
  }

  #of(name: string): Connection {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const connection = { client: venueClient(this.#origin), usedAt: 0 };
    this.#known.set(name, connection);
    return connection;
  }
}

function venueClient(origin: string): Client {
  return new Client(origin, {
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MAX_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: ANSWER_BYTES_MAX,
    // Said, so that no variable of the environment can unsay it.
    connect: { timeout: CONNECT_TIMEOUT_MS, lookup: ipv4First, rejectUnauthorized: true },
  });
}
