import type { Clock } from '../../../crds/clock.ts';
import { type DriftSample, driftSample } from '../../market/drift.ts';
import type { Quote } from '../../market/prices.ts';
import type { Connections } from './connections.ts';
import type { Meter, Route } from './meter.ts';
import { parseBody, quotes, serverTime } from './replies.ts';
import { symbolRows } from './symbols.ts';

export interface PublicParts {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly meter: Meter;
}

/** BTCTurk's public API: prices and time, without a key. */
export class BtcturkPublic {
  readonly #parts: PublicParts;

  constructor(parts: PublicParts) {
    this.#parts = parts;
  }

  /** Every pair's prices; undefined when the venue did not say. */
  async prices(): Promise<ReadonlyMap<string, Quote> | undefined> {
    const text = await this.#get('ticker', '/api/v2/ticker');
    const found = text === undefined ? undefined : quotes(parseBody(text)?.data);
    return found === undefined || found.size === 0 ? undefined : found;
  }

  /** The rules of every symbol by its name; undefined when the venue did not say. */
  async symbols(): Promise<ReadonlyMap<string, unknown> | undefined> {
    const text = await this.#get('exchangeinfo', '/api/v2/server/exchangeinfo');
    return text === undefined ? undefined : symbolRows(text);
  }

  async drift(): Promise<DriftSample | undefined> {
    const { clock } = this.#parts;
    const sentWall = clock.wall();
    const sentAt = clock.elapsed();
    const text = await this.#get('server.time', '/api/v2/server/time');
    const time = text === undefined ? undefined : serverTime(text);
    if (time === undefined) return undefined;
    return driftSample({ serverTime: time, sentWall, sentAt, at: clock.elapsed() });
  }

  /** Each question on a connection of its own: none waits behind another's answer. */
  async #get(route: Route, path: string): Promise<string | undefined> {
    const { connections, timeoutMs, meter } = this.#parts;
    const reply = await connections.call(route, { method: 'GET', path }, { timeoutMs });
    meter.count(route, reply);
    return reply.kind === 'answer' && reply.status === 200 ? reply.text : undefined;
  }
}
