import { afterEach, describe, expect, it } from 'vitest';
import { FixedWindows } from './btcturk/limits.ts';
import { publishedLimits } from './btcturk/settings.ts';
import { type Btcturk, startBtcturk, testKey } from './btcturk/simulator.ts';
import { call, cancel, signedHeaders, submit } from './client.ts';

const subject = { route: 'order.submit', policy: 'ip', name: '127.0.0.1' } as const;
const perSecond = [{ limit: 10, periodMs: 1_000, blockMs: 1_000 }];
const both = publishedLimits['order.submit'] ?? [];

describe('fixed window', () => {
  const admitted = (windows: FixedWindows, count: number, now: number, quotas = perSecond) => {
    let passed = 0;
    for (let n = 0; n < count; n += 1) {
      if (windows.admit(subject, quotas, now) === undefined) passed += 1;
    }
    return passed;
  };

  it('admits 10 in a second and refuses the 11th', () => {
    expect(admitted(new FixedWindows(), 11, 0)).toBe(10);
  });

  it('begins with the first request, not on the second: 20 pass within 2 ms across its end', () => {
    const windows = new FixedWindows();
    expect(admitted(windows, 1, 300)).toBe(1);
    expect(admitted(windows, 9, 1_299)).toBe(9);
    expect(admitted(windows, 10, 1_300)).toBe(10);
  });

  it('blocks for the full second counted from the refusal', () => {
    const windows = new FixedWindows();
    admitted(windows, 10, 0);
    expect(windows.admit(subject, perSecond, 999)).toEqual({
      limit: 10,
      period: '1s',
      policy: 'ip',
      retryAfterS: 1,
    });
    expect(admitted(windows, 1, 1_998)).toBe(0);
    expect(admitted(windows, 11, 1_999)).toBe(10);
  });

  it('holds 300 a minute, then blocks 60 s; a refused request lengthens nothing', () => {
    const windows = new FixedWindows();
    for (let second = 0; second < 30; second += 1) {
      expect(admitted(windows, 10, second * 1_000, [...both])).toBe(10);
    }
    expect(windows.admit(subject, both, 30_000)).toMatchObject({ period: '1m', retryAfterS: 60 });
    expect(windows.admit(subject, both, 89_999)).toMatchObject({ period: '1m', retryAfterS: 1 });
    expect(windows.admit(subject, both, 90_000)).toBeUndefined();
  });

  it('keeps subjects apart', () => {
    const windows = new FixedWindows();
    admitted(windows, 10, 0);
    const other = { ...subject, name: '127.0.0.2' };
    expect(windows.admit(other, perSecond, 0)).toBeUndefined();
  });
});

describe('quota over HTTP', () => {
  let venue: Btcturk;
  afterEach(() => venue.stop());
  const NOW = 1_767_225_600_000;

  /** Ten orders, on a clock that stands still. */
  async function ten(base: string, from = '127.0.0.1', key = testKey): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const headers = signedHeaders(NOW + statuses.length + Number(from.at(-1)) * 100, key);
      statuses.push((await submit(base, {}, { headers, from })).status);
    }
    return statuses;
  }

  it('answers the 11th order of a second with the 429 body and Retry-After', async () => {
    venue = await startBtcturk({ now: () => NOW });
    expect(await ten(venue.url)).toEqual(Array(10).fill(200));
    const answer = await submit(venue.url, {}, { headers: signedHeaders(NOW + 50) });
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json).toMatchObject({
      message: 'TOO_MANY_REQUESTS',
      success: false,
      code: 429,
      limit: '10',
      period: '1s',
      policy: 'ip',
    });
    expect(venue.ledger().orders).toHaveLength(10);
  });

  it('counts cancels apart from orders', async () => {
    venue = await startBtcturk({ now: () => NOW });
    await ten(venue.url);
    const answer = await cancel(venue.url, 1, { headers: signedHeaders(NOW + 51) });
    expect(answer.json.message).toBe('NO_ORDER_MATCHES_YOUR_REQUEST');
  });

  it('counts one account over two addresses', async () => {
    venue = await startBtcturk({ now: () => NOW });
    await ten(venue.url);
    const [first] = await ten(venue.url, '127.0.0.2');
    expect(first).toBe(429);
  });

  it('counts two accounts behind one address', async () => {
    const other = { publicKey: 'other', privateKey: testKey.privateKey, account: 'other' };
    venue = await startBtcturk({ now: () => NOW, keys: [testKey, other] });
    await ten(venue.url);
    expect((await ten(venue.url, '127.0.0.1', other))[0]).toBe(429);
  });

  it('can be switched off and narrowed by route', async () => {
    venue = await startBtcturk({ settings: { limiter: false } });
    for (let n = 0; n < 12; n += 1) expect((await submit(venue.url)).status).toBe(200);
    const narrow = [{ limit: 1, periodMs: 60_000, blockMs: 60_000 }];
    venue.control.settings({ limiter: true, limits: { openOrders: narrow } });
    expect((await call(venue.url, '/api/v1/openOrders')).status).toBe(200);
    const second = await call(venue.url, '/api/v1/openOrders');
    expect([second.status, second.headers['retry-after']]).toEqual([429, '60']);
  });
});
