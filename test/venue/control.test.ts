import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger } from './btcturk/ledger.ts';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { aBid, call, type Received, submit } from './client.ts';
import { type ControlServer, startControl } from './control-server.ts';

let venue: Btcturk;
let control: ControlServer;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false, cancelDelayMs: 0 } });
  control = await startControl(venue.control);
});
afterEach(async () => {
  await Promise.all([venue.stop(), control.stop()]);
});

const pull = (path: string): Promise<Received> => call(control.url, path);
const push = (path: string, body?: unknown): Promise<Received> =>
  call(control.url, path, { method: 'POST', body });

describe('ledger', () => {
  it('tells every request and every accepted order with times, stamp, client id and outcome', async () => {
    const before = Date.now();
    await submit(venue.url, { newOrderClientId: 'a-1' }, { stamp: before + 5 });
    await submit(venue.url, { newOrderClientId: 'a-2', price: '3000001' });
    const { orders, requests, counts } = (await pull('/ledger')).json;
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({
      clientId: 'a-1',
      symbol: 'BTCTRY',
      side: 'buy',
      method: 'limit',
      quantity: '0.0001',
      price: '3000000',
      stamp: before + 5,
      requestSeq: requests[0].seq,
      isLate: false,
      status: 'Untouched',
    });
    expect(orders[0].arrivedAt).toBeGreaterThanOrEqual(before);
    expect(orders[0].acceptedAt).toBeGreaterThanOrEqual(orders[0].arrivedAt);
    expect(requests[1]).toMatchObject({
      route: 'order.submit',
      clientId: 'a-2',
      symbol: 'BTCTRY',
      outcome: {
        kind: 'answered',
        status: 400,
        message: 'FAILED_INVALID_PRICE_SCALE',
        code: 1_126,
      },
    });
    expect(counts).toMatchObject({ orders: 1, open: 1, requests: 2, requestsForgotten: 0 });
  });

  it('keeps wall-clock times whatever skew is set, and no signature', async () => {
    venue.control.clock({ skewMs: 4_000 });
    await submit(venue.url);
    const { text, json } = await pull('/ledger');
    expect(Math.abs(json.orders[0].acceptedAt - Date.now())).toBeLessThan(2_000);
    expect(text).not.toMatch(/signature/i);
  });

  it('filters by route, client id, symbol, outcome, status and time', async () => {
    await submit(venue.url, { newOrderClientId: 'one' });
    await submit(venue.url, { newOrderClientId: 'two', pairSymbol: 'BTCUSDT', price: '90000' });
    await call(venue.url, '/api/v1/openOrders', { headers: { 'X-Signature': 'AAAA' } });
    const count = async (query: string) => {
      const { orders, requests } = (await pull(`/ledger?${query}`)).json;
      return [orders.length, requests.length];
    };
    expect(await count('clientId=two')).toEqual([1, 1]);
    expect(await count('symbol=BTCTRY')).toEqual([1, 1]);
    expect(await count('route=openOrders')).toEqual([2, 1]);
    expect(await count('outcome=401')).toEqual([2, 1]);
    expect(await count('status=Canceled')).toEqual([0, 3]);
    expect(await count(`since=${Date.now() + 10_000}`)).toEqual([0, 0]);
    expect((await pull('/ledger?clientID=two')).status).toBe(400);
  });
});

describe('a full ledger', () => {
  it('forgets the oldest requests and says how many', () => {
    const ledger = new Ledger(() => 0, 10);
    const request = { route: 'ticker', method: 'GET', path: '/', address: '' } as const;
    const unknown = { stamp: undefined, publicKey: undefined, clientId: undefined };
    for (let n = 0; n < 12; n += 1) ledger.arrived({ ...request, ...unknown, symbol: undefined });
    const { requests, counts } = ledger.view();
    expect(requests.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(counts).toMatchObject({ requests: 12, requestsForgotten: 2 });
  });
});

describe('ledger/wait', () => {
  it('answers as soon as the order is there', async () => {
    const waiting = pull('/ledger/wait?orders=1&timeoutMs=20000');
    await submit(venue.url);
    const { status, json } = await waiting;
    expect([status, json.reached, json.counts.orders]).toEqual([200, true, 1]);
  });

  it('answers 408 with the counts when it does not come', async () => {
    const { status, json } = await pull('/ledger/wait?orders=1&timeoutMs=20');
    expect([status, json.reached, json.counts.orders]).toEqual([408, false, 0]);
  });

  it('waits until the venue holds no open order', async () => {
    await submit(venue.url);
    const waiting = pull('/ledger/wait?openAtMost=0&timeoutMs=20000');
    const [order] = venue.ledger().orders;
    await push('/fill', { id: order?.id, quantity: '0.0001' });
    expect((await waiting).status).toBe(200);
  });

  it('counts only what its filters let through', async () => {
    await submit(venue.url, { newOrderClientId: 'other' });
    const waiting = pull('/ledger/wait?orders=1&clientId=mine&timeoutMs=20000');
    await submit(venue.url, { newOrderClientId: 'mine' });
    expect((await waiting).json.counts.orders).toBe(2);
  });
});

describe('levers', () => {
  it('healthz says what this is', async () => {
    expect((await pull('/healthz')).json).toEqual({ ok: true, simulator: 'btcturk' });
  });

  it('faults: a list goes in whole or not at all, and can be removed singly', async () => {
    const faults = [{ kind: 'hang' }, { kind: 'delay', ms: 5 }];
    expect((await push('/faults', faults)).json).toEqual({ ids: ['fault-1', 'fault-2'] });
    const wrong = await push('/faults', [{ kind: 'hang' }, { kind: 'delay', delayMs: 5 }]);
    expect([wrong.status, wrong.json.error]).toEqual([400, expect.stringContaining('delayMs')]);
    const removed = await call(control.url, '/faults?id=fault-1', { method: 'DELETE' });
    expect(removed.json).toEqual({ removed: 1 });
    expect((await pull('/faults')).json).toMatchObject([{ id: 'fault-2', kind: 'delay', ms: 5 }]);
    await call(control.url, '/faults', { method: 'DELETE' });
    expect((await pull('/faults')).json).toEqual([]);
  });

  it('clock sets skew and window and tells the venue time', async () => {
    const { json } = await push('/clock', { skewMs: -2_500, windowMs: 2_000 });
    expect(json).toMatchObject({ skewMs: -2_500, windowMs: 2_000 });
    expect(Math.abs(json.venueTime - Date.now() + 2_500)).toBeLessThan(1_000);
  });

  it('orders plants one that no request brought', async () => {
    const { status, json } = await push('/orders', aBid({ newOrderClientId: 'by-hand' }));
    expect(status).toBe(201);
    const [order] = (await pull('/ledger')).json.orders;
    expect(order).toMatchObject({ id: json.id, clientId: 'by-hand' });
    expect(order.requestSeq).toBeUndefined();
    const refused = await push('/orders', aBid({ price: '1' }));
    expect([refused.status, refused.json.error]).toEqual([
      409,
      expect.stringContaining('PRICE_SCALE'),
    ]);
  });

  it('balances sets what an account owns', async () => {
    await push('/balances', { asset: 'TRY', balance: '10' });
    expect((await submit(venue.url)).json.message).toBe('BALANCE_NOT_ENOUGH');
  });

  it('prices can be read without moving them', async () => {
    await push('/prices', { symbol: 'BTCTRY', bid: '3999990', ask: '4000000' });
    const { json } = await pull('/prices?symbol=BTCTRY');
    expect(json).toMatchObject({ symbol: 'BTCTRY', bid: '3999990', ask: '4000000' });
    expect((await pull('/prices?symbol=NOPE')).status).toBe(409);
  });

  it('reset makes it as new', async () => {
    await submit(venue.url);
    await push('/faults', { kind: 'unavailable' });
    await push('/clock', { skewMs: 9_000 });
    await push('/settings', { windowMs: 1 });
    await push('/reset');
    const { orders, requests } = (await pull('/ledger')).json;
    expect([orders, requests]).toEqual([[], []]);
    expect((await pull('/clock')).json).toMatchObject({ skewMs: 0, windowMs: 5_000 });
    const again = await submit(venue.url);
    expect([again.status, again.json.data.id]).toEqual([200, 26_947_521_557]);
  });

  it('names the levers when asked for one that is not there', async () => {
    const { status, json } = await pull('/nope');
    expect([status, json.error]).toEqual([404, expect.stringContaining('POST /faults')]);
    const broken = await push('/clock', '{');
    expect([broken.status, broken.json.error]).toEqual([400, 'the body is not JSON']);
  });
});
