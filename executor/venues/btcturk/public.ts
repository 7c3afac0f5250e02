import type { Client } from 'undici';
import type { Clock } from '../../../crds/clock.ts';
import { type DriftSample, driftSample } from '../../market/drift.ts';
import type { Quote } from '../../market/prices.ts';
import { exchange, venueClient } from './exchange.ts';
import type { Meter, Route } from './meter.ts';
import { parseBody, quotes, serverTime } from './replies.ts';

export interface PublicParts {
  readonly origin: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly meter: Meter;
}

/** BTCTurk's public API: prices and time, without a key. */
export class BtcturkPublic {
  readonly #parts: PublicParts;
  readonly #client: Client;
  readonly #timeClient: Client;

  constructor(parts: PublicParts) {
    this.#parts = parts;
    this.#client = venueClient(parts.origin);
    this.#timeClient = venueClient(parts.origin);
  }

  /** Every pair's prices; undefined when the venue did not say. */
  async prices(): Promise<ReadonlyMap<string, Quote> | undefined> {
    const text = await this.#get('ticker', '/api/v2/ticker', this.#client);
    const found = text === undefined ? undefined : quotes(parseBody(text)?.data);
    return found === undefined || found.size === 0 ? undefined : found;
  }

  async drift(): Promise<DriftSample | undefined> {
    const { clock } = this.#parts;
    const sentWall = clock.wall();
    const sentAt = clock.elapsed();
    const text = await this.#get('server.time', '/api/v2/server/time', this.#timeClient);
    const time = text === undefined ? undefined : serverTime(text);
    if (time === undefined) return undefined;
    return driftSample({ serverTime: time, sentWall, sentAt, at: clock.elapsed() });
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.destroy(), this.#timeClient.destroy()]);
  }

  async #get(route: Route, path: string, client: Client): Promise<string | undefined> {
    const { clock, timeoutMs, meter } = this.#parts;
    const reply = await exchange(client, { method: 'GET', path }, { clock, timeoutMs });
    meter.count(route, reply);
    return reply.kind === 'answer' && reply.status === 200 ? reply.text : undefined;
  }
}
