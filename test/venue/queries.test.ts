import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { aBid, call, cancel, submit } from './client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false, cancelDelayMs: 0 } });
});
afterEach(() => venue.stop());

const get = async (path: string) => call(venue.url, path);
const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);
const placed = async (changes: Record<string, unknown> = {}): Promise<number> =>
  (await submit(venue.url, changes)).json.data.id;

describe('openOrders', () => {
  it('splits sells and buys, of one pair or of all, and forgets what has ended', async () => {
    const buy = await placed();
    const sell = await placed({ orderType: 'sell', price: '5000000' });
    const usdt = await placed({ pairSymbol: 'BTCUSDT', price: '90000' });
    const gone = await placed();
    await cancel(venue.url, gone);
    const { data } = (await get('/api/v1/openOrders?pairSymbol=BTCTRY')).json;
    expect([ids(data.asks), ids(data.bids)]).toEqual([[sell], [buy]]);
    const all = (await get('/api/v1/openOrders')).json.data;
    expect(ids(all.bids)).toEqual([buy, usdt]);
  });

  it('answers 400 for an unknown pair', async () => {
    const { status, json } = await get('/api/v1/openOrders?pairSymbol=NOPE');
    expect([status, json.message]).toEqual([400, 'Pair NOPE does not exists.']);
  });

  it('may show time 0 and the older spelling', async () => {
    await placed();
    venue.control.settings({ openOrdersTimeZero: true, lowerCasePairFields: true });
    const [order] = (await get('/api/v1/openOrders')).json.data.bids;
    expect(order).toMatchObject({ time: 0, pairsymbol: 'BTCTRY', pairsymbolnormalized: 'BTC_TRY' });
    expect(order.updateTime).toBeGreaterThan(0);
  });
});

describe('allOrders', () => {
  it('shows ended and open orders of the pair, newest first, in pages', async () => {
    const placedIds: number[] = [];
    for (let n = 0; n < 5; n += 1) placedIds.push(await placed());
    await cancel(venue.url, placedIds[0]);
    await placed({ pairSymbol: 'BTCUSDT', price: '90000' });
    const newest = [...placedIds].reverse();
    const page = async (rest: string) =>
      ids((await get(`/api/v1/allOrders?pairSymbol=BTCTRY${rest}`)).json.data);
    expect(await page('')).toEqual(newest);
    expect(await page('&limit=2')).toEqual(newest.slice(0, 2));
    expect(await page('&limit=2&page=2')).toEqual(newest.slice(2, 4));
    expect(await page('&limit=2&page=3')).toEqual(newest.slice(4));
  });

  it('takes orderId as a cursor: that id and above', async () => {
    const first = await placed();
    const second = await placed();
    const from = async (id: number) =>
      ids((await get(`/api/v1/allOrders?pairSymbol=BTCTRY&orderId=${id}`)).json.data);
    expect(await from(second)).toEqual([second]);
    expect(await from(first)).toEqual([second, first]);
    expect(await from(second + 1)).toEqual([]);
  });

  it('shows 100 by default and no more than allOrdersLimitMax', async () => {
    for (let n = 0; n < 101; n += 1) venue.control.plant(aBid());
    const count = async (rest: string) =>
      (await get(`/api/v1/allOrders?pairSymbol=BTCTRY${rest}`)).json.data.length;
    expect(await count('')).toBe(100);
    expect(await count('&limit=1000')).toBe(101);
    venue.control.settings({ allOrdersLimitMax: 50 });
    expect(await count('&limit=1000')).toBe(50);
  });

  it('filters by time in ms, both ends included', async () => {
    await placed();
    const [order] = (await get('/api/v1/allOrders?pairSymbol=BTCTRY')).json.data;
    const count = async (start: number, end: number) => {
      const path = `/api/v1/allOrders?pairSymbol=BTCTRY&startTime=${start}&endTime=${end}`;
      return (await get(path)).json.data.length;
    };
    expect(await count(order.time, order.time)).toBe(1);
    expect(await count(order.time + 1, order.time + 2)).toBe(0);
    expect(await count(order.time - 2, order.time - 1)).toBe(0);
  });

  it('needs a pair and plain numbers', async () => {
    for (const rest of ['', '?pairSymbol=BTCTRY&orderId=x', '?pairSymbol=BTCTRY&limit=-1']) {
      const { status, json } = await get(`/api/v1/allOrders${rest}`);
      expect([status, json.message]).toEqual([400, 'INVALID_REQUEST_ERROR']);
    }
  });
});

describe('one order', () => {
  it('that does not exist is "Order not found"', async () => {
    const { status, json } = await get('/api/v1/order/1');
    expect([status, json]).toEqual([
      400,
      { success: false, message: 'Order not found', code: 1_152 },
    ]);
  });
});

describe('public routes', () => {
  const open = { 'X-PCK': undefined, 'X-Stamp': undefined, 'X-Signature': undefined };
  const see = (path: string) => call(venue.url, path, { headers: open });

  it('server/ping answers pong', async () => {
    expect((await see('/api/v2/server/ping')).json).toEqual({ pong: true });
  });

  it('exchangeinfo, in either spelling, has BTCTRY with tick 10, scale 2 and no fraction', async () => {
    for (const path of ['/api/v2/server/exchangeinfo', '/api/v2/server/exchangeInfo']) {
      const { headers, json } = await see(path);
      expect(headers['cache-control']).toContain('max-age=30');
      const btctry = json.data.symbols.find((symbol: { name: string }) => symbol.name === 'BTCTRY');
      expect(btctry).toMatchObject({
        nameNormalized: 'BTC_TRY',
        status: 'TRADING',
        numeratorScale: 8,
        denominatorScale: 2,
        hasFraction: false,
        orderMethods: ['MARKET', 'LIMIT', 'STOP_MARKET', 'STOP_LIMIT'],
        minimumLimitOrderPrice: 420_000,
        maximumLimitOrderPrice: 42_000_000,
      });
      expect(btctry.filters).toEqual([
        {
          filterType: 'PRICE_FILTER',
          minPrice: '0.0000000000001',
          maxPrice: '10000000',
          tickSize: '10',
          minExchangeValue: '99.91',
          minAmount: null,
          maxAmount: null,
        },
      ]);
    }
  });

  it('ticker speaks numbers, and an unknown pair is an empty list', async () => {
    venue.control.prices({ symbol: 'USDTTRY', bid: '41.5', ask: '41.6', last: '41.55' });
    const [row] = (await see('/api/v2/ticker?pairSymbol=USDTTRY')).json.data;
    expect(row).toMatchObject({ pair: 'USDTTRY', bid: 41.5, ask: 41.6, last: 41.55 });
    const none = await see('/api/v2/ticker?pairSymbol=NOPE');
    expect([none.status, none.json.data]).toEqual([200, []]);
    expect((await see('/api/v2/ticker')).json.data).toHaveLength(6);
  });

  it('orderbook gives 100 levels of strings a side; unknown and missing pairs are 400', async () => {
    const { json } = await see('/api/v2/orderBook?pairSymbol=BTCTRY');
    expect(json.data.asks).toHaveLength(100);
    expect(json.data.asks.slice(0, 2)).toEqual([
      ['4200000.00', '0.50000000'],
      ['4202100.00', '0.50000000'],
    ]);
    expect(json.data.bids[0]).toEqual(['4199990.00', '0.50000000']);
    const unknown = await see('/api/v2/orderbook?pairSymbol=NOPEUSDT');
    expect([unknown.status, unknown.json.message]).toEqual([400, 'Pair NOPEUSDT does not exists.']);
    const missing = await see('/api/v2/orderbook');
    expect([missing.status, missing.json.message]).toEqual([400, 'INVALID_REQUEST_ERROR']);
  });

  it('trades shows executions of the pair, newest first', async () => {
    await placed({ price: '4300000' });
    const [trade] = (await see('/api/v2/trades?pairSymbol=BTCTRY&last=5')).json.data;
    expect(trade).toMatchObject({
      pair: 'BTCTRY',
      price: '4200000.00',
      amount: '0.00010000',
      side: 'buy',
    });
  });

  it('a wrong address is 404, a wrong method 405', async () => {
    expect((await see('/api/v3/order')).status).toBe(404);
    expect((await call(venue.url, '/api/v1/order', { method: 'PUT' })).status).toBe(405);
  });
});
