import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { call, submit } from './client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false } });
});
afterEach(() => venue.stop());

const placed = async (changes: Record<string, unknown> = {}): Promise<string> => {
  const { json } = await submit(venue.url, changes);
  return String(json.data.id);
};
const shown = async (id: string) => (await call(venue.url, `/api/v1/order/${id}`)).json.data;
const free = async (asset: string) => {
  const { json } = await call(venue.url, '/api/v1/users/balances');
  return json.data.find((row: { asset: string }) => row.asset === asset);
};

describe('a resting order', () => {
  it('is Untouched with 16 decimals left, and locks its total with 0.18 % commission', async () => {
    const id = await placed();
    expect(await shown(id)).toMatchObject({
      id: Number(id),
      price: '3000000.00',
      amount: '0.0001',
      quantity: '0.0001',
      stopPrice: '0',
      pairSymbol: 'BTCTRY',
      type: 'buy',
      method: 'limit',
      orderClientId: 'test',
      status: 'Untouched',
      leftAmount: '0.0001000000000000',
    });
    expect(await free('TRY')).toMatchObject({
      balance: '10000000.00',
      locked: '300.54',
      free: '9999699.46',
    });
  });

  it('fills in part: Partial, a trade row, the lock shrinks, the price is the first fill’s', async () => {
    const id = await placed({ quantity: '0.0003' });
    venue.control.fill({ id, quantity: '0.0001', price: '2990000' });
    venue.control.fill({ id, quantity: '0.0001' });
    expect(await shown(id)).toMatchObject({
      status: 'Partial',
      leftAmount: '0.0001000000000000',
      price: '2990000.00',
    });
    expect(await free('TRY')).toMatchObject({ locked: '300.54' });
    expect(await free('BTC')).toMatchObject({ balance: '10.00020000' });
    const { json } = await call(
      venue.url,
      '/api/v1/users/transactions/trade?symbol=btc&symbol=try',
    );
    expect(json.data).toHaveLength(2);
    expect(json.data[1]).toMatchObject({
      price: '2990000',
      amount: '0.0001',
      fee: '-0.4485',
      tax: '-0.0897',
      orderType: 'buy',
      orderId: Number(id),
    });
  });

  it('fills to the end: Closed, nothing left, nothing locked', async () => {
    const id = await placed();
    venue.control.fill({ id, quantity: '0.0001' });
    expect(await shown(id)).toMatchObject({ status: 'Closed', leftAmount: '0.0000000000000000' });
    expect(await free('TRY')).toMatchObject({ locked: '0.00', balance: '9999699.46' });
  });

  it('cannot be filled beyond its rest, after its end, or unless it exists', async () => {
    const id = await placed();
    const fill =
      (quantity: string, of = id) =>
      () =>
        venue.control.fill({ id: of, quantity });
    expect(fill('0.00010001')).toThrow('more-than-left');
    expect(fill('0.0001', '1')).toThrow('no-such-order');
    fill('0.0001')();
    expect(fill('0.0001')).toThrow('not-open');
  });

  it('trades when the market comes to its price, and not one tick before', async () => {
    const id = await placed();
    venue.control.prices({ symbol: 'BTCTRY', bid: '3000000', ask: '3000010' });
    expect((await shown(id)).status).toBe('Untouched');
    venue.control.prices({ symbol: 'BTCTRY', bid: '2999990', ask: '3000000' });
    expect((await shown(id)).status).toBe('Closed');
  });
});

describe('a crossing order', () => {
  it('trades level by level up to its price, and its rest stays in the book', async () => {
    venue.control.prices({ symbol: 'BTCTRY', depth: '0.001' });
    // Levels: 4200000, 4202100, …; the price admits two of them.
    const id = await placed({ quantity: '0.003', price: '4202100' });
    expect(await shown(id)).toMatchObject({
      status: 'Partial',
      price: '4200000.00',
      leftAmount: '0.0010000000000000',
    });
    const { json } = await call(venue.url, '/api/v2/orderbook?pairSymbol=BTCTRY&limit=1');
    expect(json.data.bids).toEqual([['4202100.00', '0.00100000']]);
  });

  it('sells with a negative amount and receives the total less commission', async () => {
    const id = await placed({ orderType: 'sell', price: '4100000', quantity: '0.001' });
    expect((await shown(id)).status).toBe('Closed');
    const { json } = await call(venue.url, '/api/v1/users/transactions/trade?type=sell');
    expect(json.data[0]).toMatchObject({ amount: '-0.001', price: '4199990', fee: '-6.299985' });
    // 4199.99 less 0.18 %.
    expect(await free('TRY')).toMatchObject({ balance: '10004192.43' });
  });

  it('waits for POST /fill when crossing is rest', async () => {
    venue.control.settings({ crossing: 'rest' });
    const id = await placed({ price: '4300000' });
    expect((await shown(id)).status).toBe('Untouched');
    venue.control.fill({ id, quantity: '0.0001' });
    expect((await shown(id)).status).toBe('Closed');
  });

  it('trades fillDelayMs later when that is set', async () => {
    venue.control.settings({ fillDelayMs: 60_000 });
    const id = await placed({ price: '4300000' });
    expect((await shown(id)).status).toBe('Untouched');
    expect(venue.control.release('fill')).toBe(1);
    expect((await shown(id)).status).toBe('Closed');
  });
});

describe('a market order', () => {
  it('buys for a quote amount and cannot spend the last crumb', async () => {
    const id = await placed({ orderMethod: 'market', quantity: '500', price: undefined });
    expect(await shown(id)).toMatchObject({
      status: 'Closed',
      quantity: '500',
      price: '4200000.00',
      leftAmount: '0.0320000000000000',
    });
    // 500 TRY at 4200000 are 0.00011904 BTC, cut at 8 decimals.
    expect(await free('BTC')).toMatchObject({ balance: '10.00011904' });
  });

  it('sells a base amount', async () => {
    const id = await placed({ orderType: 'sell', orderMethod: 'market', quantity: '0.5' });
    expect(await shown(id)).toMatchObject({ status: 'Closed', leftAmount: '0.0000000000000000' });
  });

  it('sweeps 5 % from the best price and is finished there', async () => {
    venue.control.prices({ symbol: 'BTCTRY', depth: '0.001' });
    const id = await placed({ orderType: 'sell', orderMethod: 'market', quantity: '1' });
    const order = await shown(id);
    expect(order.status).toBe('Closed');
    const trades = (await call(venue.url, '/api/v1/users/transactions/trade')).json.data;
    expect(trades).toHaveLength(100);
    expect(Number(trades[0].price)).toBeGreaterThanOrEqual(4_199_990 * 0.95);
    expect(order.leftAmount).toBe('0.9000000000000000');
  });
});

describe('a stop order', () => {
  it('waits below its stop price and becomes an order when the last price reaches it', async () => {
    const stop = { orderMethod: 'stopLimit', stopPrice: '4300000', price: '4400000' };
    const id = await placed(stop);
    venue.control.prices({ symbol: 'BTCTRY', last: '4299990' });
    expect((await shown(id)).status).toBe('Untouched');
    venue.control.prices({ symbol: 'BTCTRY', last: '4300000' });
    expect((await shown(id)).status).toBe('Closed');
  });
});
