import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { childName, EXECUTOR_TLS_PORT, serviceHost, trustName } from '../../crds/names.ts';
import { type Forward, forward } from './forward.ts';
import { get, kubectl } from './kubectl.ts';

export interface Placed {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the executor answered
  readonly body: any;
  /** From the request's first byte to the answer's last, milliseconds. */
  readonly tookMs: number;
}

export interface OrderTerms {
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'market';
  readonly quantity?: string;
  readonly quoteQuantity?: string;
  readonly price?: string;
}

/** A client of one executor's TLS port, as a strategy would be: token, trust, keep-alive. */
export class ExecutorClient {
  readonly #key: { namespace: string; name: string };
  readonly #token: string;
  #forward: Forward | undefined;
  #agent: Agent | undefined;

  constructor(key: { namespace: string; name: string }, token: string) {
    this.#key = key;
    this.#token = token;
  }

  /** POST /place; each call is a new order unless a key is given. */
  place(order: OrderTerms | object, key: string = randomUUID()): Promise<Placed> {
    return this.call('POST', '/place', order, { 'idempotency-key': key });
  }

  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Placed> {
    const { origin, agent } = await this.#connected();
    const began = performance.now();
    const answer = await request(`${origin}${path}`, {
      method,
      dispatcher: agent,
      headers: {
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    const tookMs = performance.now() - began;
    return { status: answer.statusCode, body: parsed(text), tookMs };
  }

  async close(): Promise<void> {
    this.#forward?.close();
    await this.#agent?.destroy();
    this.#forward = undefined;
    this.#agent = undefined;
  }

  async #connected(): Promise<{ origin: string; agent: Agent }> {
    if (this.#forward === undefined || this.#agent === undefined) {
      const { namespace, name } = this.#key;
      const trust = await get<{ data?: Record<string, string> }>(
        namespace,
        'configmap',
        trustName(name),
      );
      this.#forward = await forward(namespace, `svc/${childName(name)}`, EXECUTOR_TLS_PORT);
      this.#agent = new Agent({
        connect: { ca: trust.data?.['ca.crt'] ?? '', servername: serviceHost(this.#key) },
        pipelining: 1,
        allowH2: false,
      });
    }
    return { origin: `https://127.0.0.1:${this.#forward.port}`, agent: this.#agent };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A ServiceAccount token for the executors' audience. */
export const callerToken = async (namespace: string, account: string): Promise<string> =>
  (
    await kubectl(
      'create',
      'token',
      account,
      '-n',
      namespace,
      '--audience=trading-executor',
      '--duration=2h',
    )
  ).trim();
