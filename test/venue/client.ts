import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { testKey } from './btcturk/simulator.ts';

/** What came back, read to its end. `json` is undefined when the body is none. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read venue JSON freely
  readonly json: any;
}

export interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly stamp?: number | string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Source address, so that one test can be two customers. */
  readonly from?: string;
}

let lastStamp = 0;
/** Distinct and increasing, close to the clock. */
export function nextStamp(): number {
  lastStamp = Math.max(lastStamp + 1, Date.now());
  return lastStamp;
}

/** The three signed headers, computed here and not by the simulator's code. */
export function signedHeaders(stamp: number | string, key = testKey): Record<string, string> {
  const secret = Buffer.from(key.privateKey, 'base64');
  const message = `${key.publicKey}${stamp}`;
  return {
    'X-PCK': key.publicKey,
    'X-Stamp': String(stamp),
    'X-Signature': createHmac('sha256', secret).update(message).digest('base64'),
  };
}

/** One signed call; `headers` override or, when undefined, remove. */
export function call(base: string, path: string, sent: Sent = {}): Promise<Received> {
  const { method = 'GET', body, stamp = nextStamp(), signal, from } = sent;
  const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const all = {
    ...(payload === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(payload)) }),
    'Content-Type': 'application/json',
    ...signedHeaders(stamp),
    ...sent.headers,
  };
  const headers = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
      ...(from === undefined ? {} : { localAddress: from }),
    };
    const outgoing = request(`${base}${path}`, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { statusCode: status = 0, headers: received } = incoming;
        resolve({ status, headers: received, text, json: parsed(text) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A limit buy that rests far below the market; any field may be replaced. */
export function aBid(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    pairSymbol: 'BTCTRY',
    orderType: 'buy',
    orderMethod: 'limit',
    quantity: '0.0001',
    price: '3000000',
    newOrderClientId: 'test',
    ...changes,
  };
}

export function submit(
  base: string,
  changes: Readonly<Record<string, unknown>> = {},
  sent: Sent = {},
) {
  return call(base, '/api/v1/order', { method: 'POST', body: aBid(changes), ...sent });
}

export function cancel(base: string, id: unknown, sent: Sent = {}) {
  return call(base, `/api/v1/order?id=${id}`, { method: 'DELETE', ...sent });
}
