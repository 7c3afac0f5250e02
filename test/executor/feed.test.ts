import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Btcturk, startBtcturk } from '../venue/btcturk/simulator.ts';
import { submit } from '../venue/client.ts';
import { type FeedOptions, FeedRig } from './start-feed.ts';

vi.setConfig({ testTimeout: 60_000 });
let venue: Btcturk;
let rig: FeedRig;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false, feedBatchMs: 5 } });
});
afterEach(async () => {
  await rig.remove();
  await venue.stop();
});

function start(options: Partial<FeedOptions> = {}): FeedRig {
  rig = new FeedRig({ url: venue.feedUrl, ...options });
  return rig;
}
const gaps = (reason: string) =>
  rig.rows(`SELECT symbol, from_at, to_at FROM gaps WHERE reason = '${reason}' ORDER BY id`);
const topics = () => venue.control.feed.connections().flatMap((one) => one.topics as string[]);

describe('what is in the file', () => {
  it('is what the venue sent: books, trades digit by digit, and tickers that changed', async () => {
    venue.control.settings({ feedTradeIds: 'number' });
    await submit(venue.url, { price: '4300000' });
    const sent: string[] = [];
    venue.control.feed.record((text) => sent.push(text));
    start({ symbols: ['BTCTRY', 'BTCUSDT'] });
    await rig.untilLive(2);
    venue.control.settings({ walk: true });
    await submit(venue.url, { price: '4000000', orderType: 'sell' });
    const enough = sent.length + 200;
    await rig.until(() => sent.length > enough);
    venue.control.settings({ walk: false });
    const expected = expectedRows(sent);
    await rig.until(() => rig.rows('SELECT id FROM books').length >= expected.books.length);
    await rig.stop();
    const { books, trades, tickers } = expectedRows(sent);
    expect(books.length).toBeGreaterThan(80);
    expect(rig.rows('SELECT symbol, form, sequence, bids, asks FROM books ORDER BY id')).toEqual(
      books,
    );
    expect(rig.rows('SELECT symbol, trade_id, price, amount FROM trades ORDER BY id')).toEqual(
      trades,
    );
    expect(trades).toHaveLength(2);
    expect(rig.rows('SELECT symbol, bid, ask, last FROM tickers ORDER BY id')).toEqual(tickers);
    expect(await rig.metric('spark_feed_rows_total{table="books"}')).toBe(books.length);
  });

  it('is told from the first row on when an earlier process ended', async () => {
    start();
    await rig.untilLive();
    await rig.stop();
    const [{ until } = {}] = rig.rows('SELECT recorded_until AS until FROM mark');
    rig = new FeedRig({ url: venue.feedUrl, folder: rig.folder });
    await rig.untilLive();
    expect(gaps('stopped')).toEqual([
      { symbol: 'BTCTRY', from_at: until, to_at: expect.any(Number) },
    ]);
  });
});

describe('a gap', () => {
  it('in the sequence is counted, written with its ends, and joined over', async () => {
    start();
    await rig.untilLive();
    venue.control.feed.skip();
    venue.control.prices({ symbol: 'BTCTRY', bid: '4199980' });
    await rig.until(
      async () => (await rig.metric('spark_feed_gaps_total{reason="sequence"}')) === 1,
    );
    await rig.untilLive();
    await rig.until(() => gaps('sequence').some(({ to_at }) => to_at !== null));
    const [gap] = gaps('sequence');
    expect(Number(gap?.to_at)).toBeGreaterThanOrEqual(Number(gap?.from_at));
    expect(rig.rows("SELECT id FROM books WHERE form = 'full'")).toHaveLength(2);
    expect(await rig.metric('spark_feed_connects_total{outcome="opened"}')).toBe(1);
  });

  it.each([
    ['closes the connection', () => venue.control.feed.close({ code: 1_012 })],
    ['cuts the connection', () => venue.control.feed.close({ hard: true })],
  ])('is there when the venue %s, until the next one stands', async (_, end) => {
    start();
    await rig.untilLive();
    end();
    await rig.until(async () => (await rig.metric('spark_feed_gaps_total{reason="closed"}')) === 1);
    await rig.untilLive();
    await rig.until(() => gaps('closed').every(({ to_at }) => to_at !== null));
    expect(await rig.metric('spark_feed_connects_total{outcome="opened"}')).toBe(2);
  });

  it('is there when the venue falls silent: the connection is given up and made anew', async () => {
    start({ setup: { silentMs: 300 } });
    await rig.untilLive();
    venue.control.settings({ feedSilent: true });
    await rig.until(async () => (await rig.metric('spark_feed_gaps_total{reason="silent"}')) === 1);
    // The next one opens and hears no greeting: it is given up as well.
    await rig.until(
      async () => (await rig.metric('spark_feed_connects_total{outcome="opened"}')) > 2,
    );
    expect((rig.feed.reading().ageMs ?? 0) > 300).toBe(true);
    venue.control.settings({ feedSilent: false });
    await rig.untilLive();
    await rig.until(() => gaps('silent').every(({ to_at }) => to_at !== null));
  });
});

describe('the connection', () => {
  it('answers the venue’s pings, or it would be closed at the third', async () => {
    venue.control.settings({ feedPingMs: 200 });
    start();
    await rig.untilLive();
    await rig.until(async () => (await rig.metric('spark_feed_frames_total{kind="ticker"}')) > 400);
    expect(await rig.metric('spark_feed_connects_total{outcome="opened"}')).toBe(1);
    expect(await rig.metric('spark_feed_gaps_total{reason="closed"}')).toBe(0);
  });

  it('follows the whitelist in place', async () => {
    const symbols = ['BTCTRY'];
    start({ symbols });
    await rig.untilLive();
    symbols.splice(0, 1, 'ETHTRY', 'BTCUSDT');
    await rig.untilLive(2);
    expect(topics().sort()).toEqual(
      ['ETHTRY', 'BTCUSDT']
        .flatMap((one) => [`obdiff:${one}`, `ticker:${one}`, `trade:${one}`])
        .sort(),
    );
    expect(gaps('left')).toMatchObject([{ symbol: 'BTCTRY', to_at: null }]);
    symbols.splice(0, 2);
    await rig.until(({ phase, ageMs }) => phase === 'off' && ageMs === undefined);
    expect(topics()).toEqual([]);
    symbols.push('BTCTRY');
    await rig.untilLive();
    await rig.until(() =>
      gaps('left').some(({ symbol, to_at }) => symbol === 'BTCTRY' && to_at !== null),
    );
    expect(await rig.metric('spark_feed_db_duration_seconds_count')).toBeGreaterThan(0);
  });

  it('counts what it does not understand and goes on', async () => {
    start();
    await rig.untilLive();
    for (const text of ['<html>', '[801,{"type":801}]', '[402,{"type":402,"PS":"BTCTRY"}]']) {
      venue.control.feed.say(text);
    }
    for (const reason of ['unparsable', 'unknown', 'malformed']) {
      await rig.until(
        async () => (await rig.metric(`spark_feed_ignored_frames_total{reason="${reason}"}`)) === 1,
      );
    }
    expect(rig.feed.reading()).toMatchObject({ phase: 'open', live: 1 });
  });
});

/** The rows that the venue's frames ask for, read without any code of the executor. */
function expectedRows(sent: readonly string[]) {
  // biome-ignore lint/suspicious/noExplicitAny: a venue's frames are read freely
  const frames: any[] = sent.map((text) => JSON.parse(text.replace(/"I":(\d+)/g, '"I":"$1"'))[1]);
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const levels = (items: any[]) =>
    JSON.stringify(items.map(({ P, A, CP }) => [P, CP === 3 ? '0' : A]));
  const books = frames
    .filter(({ type }) => type === 431 || type === 432)
    .map(({ type, PS: symbol, CS: sequence, BO, AO }) => {
      const form = type === 431 ? 'full' : 'difference';
      return { symbol, form, sequence, bids: levels(BO), asks: levels(AO) };
    });
  const trades = frames
    .flatMap(({ type, items, symbol, ...one }) =>
      type === 421
        ? items.map((item: object) => ({ ...item, PS: symbol }))
        : type === 422
          ? [one]
          : [],
    )
    .map(({ PS: symbol, I: trade_id, P: price, A: amount }) => ({
      symbol,
      trade_id,
      price,
      amount,
    }));
  const newest = new Map<string, string>();
  const tickers = frames
    .filter(({ type }) => type === 402)
    .map(({ PS: symbol, B: bid, A: ask, LA: last }) => ({ symbol, bid, ask, last }))
    .filter((row) => {
      const text = JSON.stringify(row);
      const isNew = newest.get(row.symbol) !== text;
      newest.set(row.symbol, text);
      return isNew;
    });
  return { books, trades, tickers };
}
