import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultOrder, Faults } from './btcturk/faults.ts';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { call, type Received, signedHeaders, submit } from './client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false } });
});
afterEach(() => venue.stop());

const orders = () => venue.ledger().orders;
const outcomes = () => venue.ledger().requests.map(({ outcome }) => outcome.kind);
const onSubmit = (fault: FaultOrder) =>
  venue.control.addFault({ route: 'order.submit', ...fault } as FaultOrder);

/** Submits, waits until the venue has dealt with it, and hangs up: nothing came back until then. */
async function unanswered(outcome: string): Promise<void> {
  const patience = new AbortController();
  const call = submit(venue.url, {}, { signal: patience.signal });
  const silence = expect(call).rejects.toThrow(/abort/i);
  expect((await venue.control.wait({ requests: 1, outcome })).reached).toBe(true);
  patience.abort();
  await silence;
}

describe('hang', () => {
  it('never answers and accepts nothing', async () => {
    onSubmit({ kind: 'hang' });
    await unanswered('hung');
    expect(orders()).toEqual([]);
  });

  it('with accept: the order is in the ledger, the client hears nothing', async () => {
    onSubmit({ kind: 'hang', accept: true });
    await unanswered('hung');
    expect(orders()).toHaveLength(1);
    expect(venue.ledger().requests[0]?.orderId).toBe(orders()[0]?.id);
  });

  it('ends with a reset of the simulator, and does not keep it from stopping', async () => {
    onSubmit({ kind: 'hang' });
    const cut = expect(submit(venue.url)).rejects.toThrow(/hang up|ECONNRESET/);
    await venue.control.wait({ requests: 1, outcome: 'hung' });
    venue.control.reset();
    await cut;
  });
});

describe('reset', () => {
  it.each([
    [false, 0],
    [true, 1],
  ])('with accept %s breaks the connection and leaves %d orders', async (accept, count) => {
    onSubmit({ kind: 'reset', accept });
    await expect(submit(venue.url)).rejects.toThrow(/ECONNRESET|hang up/);
    expect(orders()).toHaveLength(count);
    expect(outcomes()).toEqual(['reset']);
  });
});

describe('spoiled answers', () => {
  const rows: readonly (readonly [FaultOrder, number, number, (answer: Received) => boolean])[] = [
    [
      { kind: 'rate-limit', retryAfterS: 7 },
      429,
      0,
      ({ headers }) => headers['retry-after'] === '7',
    ],
    [
      { kind: 'invalid-nonce' },
      401,
      0,
      ({ json }) => json.success && /Invalid Nonce/.test(json.message),
    ],
    [{ kind: 'gateway-timeout' }, 504, 0, ({ text }) => text.startsWith('<!DOCTYPE html>')],
    [{ kind: 'gateway-timeout', accept: true }, 504, 1, ({ json }) => json === undefined],
    [{ kind: 'unavailable' }, 503, 0, ({ json }) => json.success === false],
    [{ kind: 'unavailable', accept: true }, 503, 1, ({ json }) => json.success === false],
    [
      { kind: 'no-id' },
      200,
      1,
      ({ json }) => json.data.id === undefined && json.data.quantity === '0.0001',
    ],
    [{ kind: 'no-id', accept: false }, 200, 0, ({ json }) => json.data.id === undefined],
    [{ kind: 'bad-json' }, 200, 1, ({ json, text }) => json === undefined && text.startsWith('{')],
    [{ kind: 'bad-json', accept: false }, 200, 0, ({ json }) => json === undefined],
  ];

  it.each(rows)('%o answers %d and leaves %d orders', async (fault, status, count, holds) => {
    onSubmit(fault);
    const answer = await submit(venue.url);
    expect(answer.status).toBe(status);
    expect(holds(answer)).toBe(true);
    expect(orders()).toHaveLength(count);
    const [seen] = venue.ledger().requests;
    expect(seen?.outcome).toMatchObject({ kind: 'answered', status });
    expect(seen?.faults).toEqual(['fault-1']);
  });

  it('invalid-nonce counts towards the block', async () => {
    venue.control.settings({ banAfter: 2 });
    onSubmit({ kind: 'invalid-nonce' });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await submit(venue.url)).status);
    expect(statuses).toEqual([401, 401, 403]);
  });

  it('an order that the venue refuses is not accepted by a spoiled answer', async () => {
    onSubmit({ kind: 'gateway-timeout', accept: true });
    await submit(venue.url, { price: '3000001' });
    expect(orders()).toEqual([]);
  });

  it('a wrong signature is refused although a fault would accept', async () => {
    onSubmit({ kind: 'hang', accept: true });
    const answer = await submit(venue.url, {}, { headers: { 'X-Signature': 'AAAA' } });
    expect(answer.status).toBe(401);
    expect(orders()).toEqual([]);
  });
});

describe('late-accept', () => {
  it.each([
    ['gateway-timeout', 504],
    ['unavailable', 503],
  ] as const)('answers %s first; the order appears later', async (answer, status) => {
    onSubmit({ kind: 'late-accept', answer });
    expect((await submit(venue.url)).status).toBe(status);
    expect(orders()).toEqual([]);
    expect(venue.control.release()).toBe(1);
    expect(orders()).toMatchObject([{ isLate: true, clientId: 'test' }]);
  });

  it('or answers nothing', async () => {
    onSubmit({ kind: 'late-accept' });
    await unanswered('hung');
    expect(orders()).toEqual([]);
    venue.control.release();
    expect(orders()).toHaveLength(1);
  });

  it('comes by itself after afterMs', async () => {
    onSubmit({ kind: 'late-accept', afterMs: 120, answer: 'unavailable' });
    await submit(venue.url);
    expect((await venue.control.wait({ orders: 1 })).reached).toBe(true);
    const [order] = orders();
    expect((order?.acceptedAt ?? 0) - (order?.arrivedAt ?? 0)).toBeGreaterThanOrEqual(119);
  });
});

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
