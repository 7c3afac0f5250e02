import { Client } from 'undici';
import { Connections as Shipped } from '../../../executor/venues/btcturk/connections.ts';
import {
  type ExchangeTerms,
  exchange,
  type WireReply,
  type WireRequest,
} from '../../../executor/venues/btcturk/exchange.ts';

const CONNECT_TIMEOUT_MS = 4_000;

/** Row 10 off: a connection of its own for each call, at whatever address the resolver says first. */
export class Connections extends Shipped {
  readonly #parts: ConstructorParameters<typeof Shipped>[0];

  constructor(parts: ConstructorParameters<typeof Shipped>[0]) {
    super(parts);
    this.#parts = parts;
  }

  override async call(
    _name: string,
    request: WireRequest,
    terms: Omit<ExchangeTerms, 'clock'>,
  ): Promise<WireReply> {
    const { origin, clock } = this.#parts;
    const connect = { timeout: CONNECT_TIMEOUT_MS };
    const limits = { pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
    const once = new Client(origin, { ...limits, connect });
    try {
      return await exchange(once, request, { ...terms, clock });
    } finally {
      void once.destroy();
    }
  }

  /** There is none to warm up: each call brings its own. */
  override isConnected(): boolean {
    return true;
  }

  override idleMs(): number {
    return 0;
  }
}
