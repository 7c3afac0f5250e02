import { Client } from 'undici';
import {
  type ExchangeTerms,
  exchange as shipped,
  type WireReply,
  type WireRequest,
} from '../../../executor/venues/btcturk/exchange.ts';

export type { ExchangeTerms, WireReply, WireRequest };

const CONNECT_TIMEOUT_MS = 4_000;

/** Row 10 off: a connection of its own for each call, at whatever address the resolver says first. */
class NoConnection {
  /** There is none to warm up: each call brings its own. */
  readonly stats = { connected: true };
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  async destroy(): Promise<void> {
    // nothing is kept
  }
}

export function venueClient(origin: string): Client {
  return new NoConnection(origin) as unknown as Client;
}

export async function exchange(
  client: Client,
  request: WireRequest,
  terms: ExchangeTerms,
): Promise<WireReply> {
  const { origin } = client as unknown as NoConnection;
  const connect = { timeout: CONNECT_TIMEOUT_MS };
  const limits = { pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  const once = new Client(origin, { ...limits, connect });
  try {
    return await shipped(once, request, terms);
  } finally {
    void once.destroy();
  }
}
