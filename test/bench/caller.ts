import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';

export interface Placed {
  readonly key: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Wall-clock ms at which it was asked for. */
  readonly at: number;
  /** From the first byte asked to be written to the last byte read. */
  readonly ms: number;
  /** Code of a refusal, e.g. KILL_SWITCH_ACTIVE. */
  readonly code: string | undefined;
  /** Of a venue's refusal: 429, nonce, … */
  readonly errorClass: string | undefined;
}

export interface Offer {
  readonly perSecond: number;
  readonly seconds: number;
  readonly order?: (number: number) => Record<string, unknown>;
}

/** Crosses the simulator's book and is filled at once: nothing rests, so no run is longer than the last. */
export const crossing = (number: number): Record<string, unknown> =>
  number % 2 === 0
    ? { symbol: 'BTCTRY', side: 'buy', type: 'limit', quantity: '0.0001', price: '9999990' }
    : { symbol: 'BTCTRY', side: 'sell', type: 'limit', quantity: '0.0001', price: '1000000' };

/** A strategy: keep-alive HTTPS, a token, one order per call. */
export class Caller {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #agent = new Agent({
    connect: { rejectUnauthorized: false },
    pipelining: 1,
    keepAliveTimeout: 60_000,
    bodyTimeout: 60_000,
    headersTimeout: 60_000,
  });

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#token = token;
  }

  async place(order: Record<string, unknown>, key: string = randomUUID()): Promise<Placed> {
    const at = Date.now();
    const begun = performance.now();
    const told = await this.call('POST', '/place', { body: order, key }).catch(() => undefined);
    const { error, order: kept } = (told?.body ?? {}) as Told;
    const errorClass = (kept ?? error?.details?.order)?.placeOutcome?.errorClass;
    const ms = performance.now() - begun;
    return { key, status: told?.status ?? 0, at, ms, code: error?.code, errorClass };
  }

  async call(
    method: 'GET' | 'POST',
    path: string,
    { body, key }: { readonly body?: unknown; readonly key?: string } = {},
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const headers = {
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    };
    const answer = await request(`${this.#url}${path}`, {
      ...{ dispatcher: this.#agent, method, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: await answer.body.json() };
  }

  /** Open loop: an order leaves at its time, whatever became of those before; each a little off the beat. */
  async offer({ perSecond, seconds, order = crossing }: Offer): Promise<readonly Placed[]> {
    const begun = performance.now();
    const stepMs = 1_000 / perSecond;
    const placing = Array.from({ length: Math.round(perSecond * seconds) }, async (_, number) => {
      await until(begun + (number + Math.random() * 0.9) * stepMs);
      return this.place(order(number));
    });
    return Promise.all(placing);
  }

  /** Closed loop: `count` orders as fast as `width` callers get their answers. */
  async burst(count: number, width: number): Promise<readonly Placed[]> {
    const placed: Placed[] = [];
    let next = 0;
    const one = async () => {
      while (next < count) placed.push(await this.place(crossing(next++)));
    };
    await Promise.all(Array.from({ length: width }, one));
    return placed;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

interface Told {
  readonly error?: { readonly code: string; readonly details?: { readonly order?: Kept } };
  readonly order?: Kept;
}
interface Kept {
  readonly placeOutcome?: { readonly errorClass?: string };
}

/** Resolves at a `performance.now()` reading. */
export function until(at: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
}
