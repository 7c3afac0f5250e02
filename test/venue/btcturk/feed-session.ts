import { type ApiKey, signatureIsValid } from './authentication.ts';
import {
  type Book,
  bookDifference,
  bookFull,
  type Frame,
  loginResult,
  result,
  type Topic,
  tickerAll,
  tickerPair,
  tradeList,
} from './feed-frames.ts';
import type { Venue } from './venue.ts';

const TRADES_ON_JOIN = 50;
const FIRST_SEQUENCE_MAX = 5_000_000;

interface Subscription extends Topic {
  /** Counts this subscription's own book frames; two readers never share it. */
  sequence: number;
  book: Book | undefined;
}

export interface SessionParts {
  readonly venue: Venue;
  readonly random: () => number;
  readonly send: (frame: Frame) => void;
}

/** One connection: what it has joined and who it is. Knows nothing of sockets. */
export class FeedSession {
  readonly #parts: SessionParts;
  readonly #joined = new Map<string, Subscription>();
  #key: ApiKey | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get account(): string | undefined {
    return this.#key?.account;
  }

  topics(): readonly string[] {
    return [...this.#joined.keys()];
  }

  /** Hears a client's frame. Whatever is malformed or unknown is ignored in silence. */
  hear(text: string): void {
    const model = modelOf(text);
    if (model?.type === 151) this.#subscribe(model);
    if (model?.type === 114) this.#logIn(model);
  }

  /** Sends what has changed in joined books, and every joined ticker, changed or not. */
  batch(): void {
    for (const subscription of this.#joined.values()) {
      if (subscription.channel === 'ticker') this.#sendTicker(subscription);
      if (subscription.book !== undefined) this.#sendBook(subscription);
    }
  }

  /** Counts a frame of every joined book that is never sent. */
  skip(): void {
    for (const subscription of this.#joined.values()) {
      if (subscription.book !== undefined) subscription.sequence += 1;
    }
  }

  hasJoined(channel: string, event: string): boolean {
    return this.#joined.has(`${channel}:${event}`);
  }

  #subscribe({ channel, event, join }: Model): void {
    if (typeof channel !== 'string' || typeof event !== 'string') return;
    const name = `${channel}:${event}`;
    const isNew = !this.#joined.has(name);
    if (join !== true) {
      this.#joined.delete(name);
      this.#parts.send(result(!isNew, `leave|${name}`));
      return;
    }
    this.#parts.send(result(isNew, `join|${name}`));
    if (!isNew) return;
    const sequence = Math.floor(this.#parts.random() * FIRST_SEQUENCE_MAX);
    const subscription: Subscription = { channel, event, sequence, book: undefined };
    this.#joined.set(name, subscription);
    this.#welcome(subscription);
  }

  /** What a join brings at once. Pairs are case-sensitive here; an unknown one stays silent. */
  #welcome(subscription: Subscription): void {
    const { channel, event } = subscription;
    const { exchange } = this.#parts.venue;
    if (channel === 'ticker') this.#sendTicker(subscription);
    if (!exchange.markets.has(event)) return;
    if (channel === 'obdiff' || channel === 'orderbook') {
      subscription.book = exchange.book(event);
      this.#parts.send(bookFull(topic(subscription), subscription.sequence, subscription.book));
    }
    if (channel === 'trade') {
      const trades = exchange.trades.filter(({ order }) => order.symbol.name === event);
      const newest = trades.slice(-TRADES_ON_JOIN).reverse();
      const { feedTradeIds } = this.#parts.venue.settings;
      this.#parts.send(tradeList(topic(subscription), newest, feedTradeIds));
    }
  }

  #sendTicker(subscription: Subscription): void {
    const { markets } = this.#parts.venue.exchange;
    const market = markets.get(subscription.event);
    if (subscription.event === 'all') {
      this.#parts.send(tickerAll(topic(subscription), [...markets.values()]));
    } else if (market !== undefined) {
      this.#parts.send(tickerPair(topic(subscription), market));
    }
  }

  #sendBook(subscription: Subscription): void {
    const before = subscription.book ?? { bids: [], asks: [] };
    const after = this.#parts.venue.exchange.book(subscription.event);
    const sequence = subscription.sequence + 1;
    const difference = bookDifference(topic(subscription), sequence, { before, after });
    if (difference === undefined) return;
    subscription.sequence = sequence;
    subscription.book = after;
    const isDiff = subscription.channel === 'obdiff';
    this.#parts.send(isDiff ? difference : bookFull(topic(subscription), sequence, after));
  }

  /** Signs publicKey + nonce; the timestamp is not signed. */
  #logIn({ publicKey, nonce, signature }: Model): void {
    const key = this.#parts.venue.keyring.named(String(publicKey));
    const isValid =
      key?.permissions.includes('websocket') === true &&
      signatureIsValid(key, String(nonce), String(signature));
    if (isValid) this.#key = key;
    const userId = key === undefined ? 0 : this.#parts.venue.userId(key.account);
    this.#parts.send(loginResult(isValid, userId));
  }
}

function topic({ channel, event }: Topic): Topic {
  return { channel, event };
}

interface Model {
  readonly type?: unknown;
  readonly channel?: unknown;
  readonly event?: unknown;
  readonly join?: unknown;
  readonly publicKey?: unknown;
  readonly nonce?: unknown;
  readonly signature?: unknown;
}

/** The model of `[type, model]` when both say the same type. */
function modelOf(text: string): Model | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed) || typeof parsed[1] !== 'object' || parsed[1] === null)
      return undefined;
    const model: Model = parsed[1];
    return model.type === parsed[0] ? model : undefined;
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}
