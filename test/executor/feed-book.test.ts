import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import type { Book } from '../../executor/feed/book.ts';
import { frameOf } from '../../executor/feed/frames.ts';
import { type FeedEvent, nothingJoined, reduce } from '../../executor/feed/reduce.ts';
import { decimal } from '../../executor/order/amount.ts';
import { plain } from '../venue/btcturk/amount.ts';
import { allPermissions } from '../venue/btcturk/authentication.ts';
import { FeedSession } from '../venue/btcturk/feed-session.ts';
import type { Level } from '../venue/btcturk/market.ts';
import { jsonText } from '../venue/btcturk/replies.ts';
import { startBalances, testKey } from '../venue/btcturk/simulator.ts';
import { Venue } from '../venue/btcturk/venue.ts';
import { seeded } from '../venue/random.ts';

const SYMBOLS = ['BTCTRY', 'BTCUSDT', 'ETHTRY'] as const;
const JOIN_PATIENCE_MS = 5_000;

/** The simulator's book and ours, joined by two queues that a test empties, loses and breaks. */
class Pair {
  readonly #venue = new Venue({
    keys: [{ ...testKey, account: 'main', permissions: allPermissions }],
    ...{ seed: 1, now: () => 0, balances: startBalances, settings: {}, firstOrderId: 1n },
  });
  readonly #random = seeded(1);
  /** What the venue's book was at each number it has sent. */
  readonly #history = new Map<string, string>();
  readonly gaps = new Map<string, boolean>();
  #session = this.#connection();
  #toUs: string[] = [];
  #toVenue: string[] = [];
  #now = 0;
  state = nothingJoined;

  step(event: FeedEvent): void {
    this.#now += 1;
    const now = { wall: this.#now as EpochMs, elapsed: this.#now };
    const { state, records, sends } = reduce(this.state, event, now);
    this.state = state;
    for (const { channel, symbol, join } of sends) {
      this.#toVenue.push(jsonText([151, { type: 151, channel, event: symbol, join }]));
    }
    for (const record of records) {
      if (record.kind === 'gap-opened') this.gaps.set(record.symbol, true);
      if (record.kind === 'gap-closed') this.gaps.set(record.symbol, false);
    }
  }

  reconnect(): void {
    this.step({ kind: 'closed', reason: 'closed' });
    this.#toUs = [];
    this.#toVenue = [];
    this.#session = this.#connection();
    this.step({ kind: 'opened' });
  }

  /** A price changes, and the venue sends a batch. */
  move(symbol: string, up: boolean): void {
    const market = this.#venue.exchange.markets.get(symbol);
    if (market === undefined) return;
    const by = up ? market.priceStep() : -market.priceStep();
    const { bid, ask, last } = market;
    this.#venue.exchange.setPrices(symbol, { bid: bid + by, ask: ask + by, last: last + by });
    this.#session.batch();
  }

  skip(): void {
    this.#session.skip();
  }

  wait(ms: number): void {
    this.#now += ms;
    this.step({ kind: 'tick' });
  }

  hear(): void {
    const text = this.#toVenue.shift();
    if (text !== undefined) this.#session.hear(text);
  }

  deliver(change: (text: string) => string = (text) => text): void {
    const text = this.#toUs.shift();
    if (text !== undefined) this.step({ kind: 'frame', frame: frameOf(change(text)) });
  }

  lose(): void {
    this.#toUs.shift();
  }

  /** Until nothing is under way any more. */
  settle(): void {
    for (let n = 0; this.#toUs.length + this.#toVenue.length > 0 && n < 10_000; n += 1) {
      this.hear();
      this.deliver();
    }
  }

  /** Symbols whose live book is not what the venue's was at that number. */
  wrong(): readonly string[] {
    return [...this.state.symbols].flatMap(([symbol, { book }]) =>
      book.kind === 'live' && ours(book.book) !== this.#history.get(`${symbol} ${book.sequence}`)
        ? [symbol]
        : [],
    );
  }

  /** Symbols whose book is not live and the venue's newest. */
  behind(): readonly string[] {
    return [...this.state.symbols].flatMap(([symbol, { book }]) =>
      book.kind === 'live' && ours(book.book) === this.#theirs(symbol) ? [] : [symbol],
    );
  }

  #connection(): FeedSession {
    return new FeedSession({
      venue: this.#venue,
      random: this.#random,
      send: ({ type, model }) => {
        if (type === 431 || type === 432) {
          const symbol = String(model.PS);
          this.#history.set(`${symbol} ${model.CS}`, this.#theirs(symbol));
        }
        this.#toUs.push(jsonText([type, model]));
      },
    });
  }

  #theirs(symbol: string): string {
    const { bids, asks } = this.#venue.exchange.book(symbol);
    const side = (levels: readonly Level[]) =>
      levels.map(({ price, base }) => `${plain(price)}x${plain(base)}`).sort();
    return [...side(bids), '|', ...side(asks)].join();
  }
}

function ours({ bids, asks }: Book): string {
  const side = (levels: Book['bids']) =>
    [...levels].map(([price, amount]) => `${decimal(price)}x${decimal(amount)}`).sort();
  return [...side(bids), '|', ...side(asks)].join();
}

const garbled = (text: string) => text.replace('"CP":', '"C":').replace('"BO":', '"B0":');

const symbol = fc.constantFrom(...SYMBOLS);
const one = <T extends string>(...names: readonly T[]) =>
  fc.record({ do: fc.constantFrom(...names) });
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('move' as const), symbol, up: fc.boolean() }),
  },
  { weight: 8, arbitrary: one('deliver', 'hear') },
  { weight: 2, arbitrary: one('settle') },
  { weight: 3, arbitrary: one('lose', 'garble', 'skip') },
  { weight: 1, arbitrary: one('reconnect', 'wait') },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('whitelist' as const),
      symbols: fc.subarray([...SYMBOLS]),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function happen(pair: Pair, what: Happening): void {
  if (what.do === 'move') pair.move(what.symbol, what.up);
  else if (what.do === 'whitelist') pair.step({ kind: 'whitelist', symbols: what.symbols });
  else if (what.do === 'garble') pair.deliver(garbled);
  else if (what.do === 'wait') pair.wait(JOIN_PATIENCE_MS);
  else pair[what.do]();
}

describe('any interleaving of frames, losses, reconnects and whitelists', () => {
  it('leaves each book what the venue’s was at its number, or marked as a gap; and it comes back', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 120 }), (happenings) => {
        const pair = new Pair();
        pair.step({ kind: 'whitelist', symbols: ['BTCTRY', 'BTCUSDT'] });
        pair.step({ kind: 'opened' });
        pair.settle();
        for (const what of happenings) {
          happen(pair, what);
          expect(pair.wrong()).toEqual([]);
          for (const [name, { book }] of pair.state.symbols) {
            expect(pair.gaps.get(name)).toBe(book.kind !== 'live');
          }
        }
        pair.settle();
        pair.wait(400_000);
        pair.settle();
        for (const name of SYMBOLS) pair.move(name, true);
        pair.settle();
        expect(pair.behind()).toEqual([]);
      }),
      { numRuns: 200 },
    );
  }, 30_000);
});
