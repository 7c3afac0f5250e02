import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultOrder, Faults } from './btcturk/faults.ts';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { call, signedHeaders, submit } from './client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false } });
});
afterEach(() => venue.stop());

const orders = () => venue.ledger().orders;
const outcomes = () => venue.ledger().requests.map(({ outcome }) => outcome.kind);
const onSubmit = (fault: FaultOrder) =>
  venue.control.addFault({ route: 'order.submit', ...fault } as FaultOrder);

describe('delay', () => {
  it('before: the order is accepted late; after: it is accepted at once', async () => {
    onSubmit({ kind: 'delay', ms: 60_000, times: 1 });
    const first = submit(venue.url, { newOrderClientId: 'before' });
    await venue.control.wait({ requests: 1, clientId: 'before' });
    onSubmit({ kind: 'delay', ms: 60_000, when: 'after', times: 1 });
    const second = submit(venue.url, { newOrderClientId: 'after' });
    await venue.control.wait({ orders: 1 });
    expect(orders().map(({ clientId }) => clientId)).toEqual(['after']);
    expect(outcomes()).toEqual(['pending', 'pending']);
    expect(venue.control.release('delay')).toBe(2);
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(orders().map(({ clientId }) => clientId)).toEqual(['after', 'before']);
  });

  it('draws from its range, both ends included, and the same again for the same seed', () => {
    const drawn = (seed: number) => {
      const faults = new Faults(() => 0);
      faults.add({ kind: 'delay', minMs: 20, maxMs: 23, seed }, 0);
      const target = { route: 'ticker', symbol: undefined, clientId: undefined, now: 0 } as const;
      return Array.from({ length: 100 }, () => faults.take(target).delayBeforeMs);
    };
    expect([...new Set(drawn(42))].sort()).toEqual([20, 21, 22, 23]);
    expect(drawn(42)).toEqual(drawn(42));
    expect(drawn(42)).not.toEqual(drawn(43));
  });

  it('a client that gives up is told apart, and its order still happens', async () => {
    onSubmit({ kind: 'delay', ms: 60_000 });
    const patience = new AbortController();
    const placing = submit(venue.url, {}, { signal: patience.signal });
    const gaveUp = expect(placing).rejects.toThrow(/abort/i);
    await venue.control.wait({ requests: 1, clientId: 'test' });
    patience.abort();
    await gaveUp;
    await call(venue.url, '/api/v2/server/ping');
    venue.control.release('delay');
    await venue.control.wait({ requests: 1, outcome: 'gone' });
    expect(orders()).toHaveLength(1);
  });
});

describe('skew and code shift', () => {
  it('skew moves the venue clock for the hit requests only', async () => {
    onSubmit({ kind: 'skew', ms: 6_000, times: 1 });
    expect((await submit(venue.url)).json.message).toBe('Unauthorized - Invalid Nonce');
    expect((await submit(venue.url)).status).toBe(200);
    venue.control.addFault({ route: 'server.time', kind: 'skew', ms: -3_000 });
    const { json } = await call(venue.url, '/api/v2/server/time');
    expect(Math.abs(json.serverTime - Date.now() + 3_000)).toBeLessThan(1_000);
  });

  it('shifts the codes of refusals, not of success or HTTP-like ones', async () => {
    onSubmit({ kind: 'code-shift', by: -1 });
    const refused = await submit(venue.url, { price: '3000001' });
    expect(refused.json).toMatchObject({ message: 'FAILED_INVALID_PRICE_SCALE', code: 1_125 });
    expect((await submit(venue.url)).json.code).toBe(0);
    onSubmit({ kind: 'rate-limit' });
    expect((await submit(venue.url)).json.code).toBe(429);
  });
});

describe('scope', () => {
  const hits = async (count: number, changes = {}) => {
    let spoiled = 0;
    for (let n = 0; n < count; n += 1) {
      if ((await submit(venue.url, changes)).status === 503) spoiled += 1;
    }
    return spoiled;
  };

  it('times: so many requests and no more', async () => {
    onSubmit({ kind: 'unavailable', times: 2 });
    expect(await hits(4)).toBe(2);
    expect(venue.control.faults()).toMatchObject([{ applied: 2, state: 'spent' }]);
  });

  it('skip: lets so many pass first', async () => {
    onSubmit({ kind: 'unavailable', skip: 2, times: 1 });
    expect([await hits(2), await hits(1), await hits(1)]).toEqual([0, 1, 0]);
  });

  it('forMs: until that moment, exclusive', async () => {
    await venue.stop();
    let now = 1_767_225_600_000;
    venue = await startBtcturk({ now: () => now });
    venue.control.addFault({ route: 'server.ping', kind: 'unavailable', forMs: 1_000 });
    const status = async () => (await call(venue.url, '/api/v2/server/ping')).status;
    now += 999;
    expect(await status()).toBe(503);
    now += 1;
    expect(await status()).toBe(200);
  });

  it('probability: the same requests for the same seed', async () => {
    const run = async (seed: number) => {
      venue.control.reset();
      onSubmit({ kind: 'unavailable', probability: 0.5, seed });
      await hits(20);
      return venue.ledger().requests.map(({ faults }) => faults.length);
    };
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
    expect(first).toContain(0);
    expect(first).toContain(1);
  });

  it('symbol and clientId: only those', async () => {
    onSubmit({ kind: 'unavailable', symbol: 'BTCTRY', clientId: 'unlucky' });
    expect(await hits(1)).toBe(0);
    expect(await hits(1, { newOrderClientId: 'unlucky' })).toBe(1);
    expect(
      await hits(1, { newOrderClientId: 'unlucky', pairSymbol: 'BTCUSDT', price: '90000' }),
    ).toBe(0);
  });

  it('route *: every route; another route: untouched', async () => {
    venue.control.addFault({ route: 'openOrders', kind: 'unavailable' });
    expect(await hits(1)).toBe(0);
    venue.control.addFault({ kind: 'unavailable' });
    expect(await hits(1)).toBe(1);
    expect((await call(venue.url, '/api/v2/server/ping')).status).toBe(503);
  });

  it('the first ending wins, and what lost is not spent', async () => {
    onSubmit({ kind: 'unavailable', times: 1 });
    onSubmit({ kind: 'rate-limit', times: 1 });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await submit(venue.url)).status);
    expect(statuses).toEqual([503, 429, 200]);
  });
});

describe('idle connections', () => {
  it('are closed by the venue after keepAliveMs', async () => {
    venue.control.settings({ keepAliveMs: 50 });
    const agent = new Agent({ keepAlive: true });
    const outgoing = request(`${venue.url}/api/v1/openOrders`, {
      agent,
      headers: signedHeaders(Date.now()),
    });
    outgoing.end();
    const [incoming] = await once(outgoing, 'response');
    const { socket } = incoming;
    incoming.resume();
    await once(socket, 'close');
    expect(incoming.statusCode).toBe(200);
  });
});
