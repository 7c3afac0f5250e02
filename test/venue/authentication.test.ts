import { afterEach, describe, expect, it } from 'vitest';
import { allPermissions, Keyring, sign } from './btcturk/authentication.ts';
import { type Btcturk, startBtcturk, testKey } from './btcturk/simulator.ts';
import { call, nextStamp, signedHeaders } from './client.ts';

const NOW = 1_767_225_600_000;
const key = { ...testKey, account: 'main', permissions: allPermissions };
const rules = { venueNow: NOW, windowMs: 5_000, increasing: false };
const given = (stamp: number | string) => ({
  publicKey: key.publicKey,
  stamp: String(stamp),
  signature: sign(key.publicKey, key.privateKey, stamp),
});

describe('signature', () => {
  it('equals the documented test vector', () => {
    expect(sign(key.publicKey, key.privateKey, NOW)).toBe(
      'G2iVHCnzGn5xCsteT2kliE+tFGBfwEOOTYkalzT9IoE=',
    );
  });

  it('equals the documented vector of the socket login', () => {
    expect(sign(key.publicKey, key.privateKey, 3_000)).toBe(
      'IJjtJMkj2HuXvnfHQGr1mwP6lBsboujdMFdhVh2u9Gc=',
    );
  });
});

describe('stamp', () => {
  it.each([
    [0, 'known'],
    [-5_000, 'known'],
    [5_000, 'known'],
    [-5_001, 'unauthorized'],
    [5_001, 'unauthorized'],
  ])('%d ms from the venue clock is %s', (offset, kind) => {
    expect(new Keyring([key]).authenticate(given(NOW + offset), rules).kind).toBe(kind);
  });

  it('may be used once', () => {
    const keyring = new Keyring([key]);
    expect(keyring.authenticate(given(NOW), rules).kind).toBe('known');
    expect(keyring.authenticate(given(NOW), rules)).toEqual({
      kind: 'unauthorized',
      reason: 'Invalid Nonce',
    });
    expect(keyring.authenticate(given(NOW + 1), rules).kind).toBe('known');
  });

  it('is not used up by a wrong signature', () => {
    const keyring = new Keyring([key]);
    keyring.authenticate({ ...given(NOW), signature: 'AAAA' }, rules);
    expect(keyring.authenticate(given(NOW), rules).kind).toBe('known');
  });

  it.each([
    [false, 'known'],
    [true, 'unauthorized'],
  ])('behind the last one, with increasingStamps %s, is %s', (increasing, kind) => {
    const keyring = new Keyring([key]);
    keyring.authenticate(given(NOW), rules);
    expect(keyring.authenticate(given(NOW - 1), { ...rules, increasing }).kind).toBe(kind);
  });

  it.each(['1767225600000.5', '-1', 'now', '1e12'])('"%s" is no integer', (stamp) => {
    expect(new Keyring([key]).authenticate(given(stamp), rules).kind).toBe('unauthorized');
  });
});

describe('over HTTP', () => {
  let venue: Btcturk;
  afterEach(() => venue.stop());

  const balances = (headers: Record<string, string | undefined> = {}) =>
    call(venue.url, '/api/v1/users/balances', { headers });

  it.each([
    ['X-PCK', undefined, 'Headers are missing'],
    ['X-Stamp', undefined, 'Headers are missing'],
    ['X-Signature', undefined, 'Headers are missing'],
    ['X-PCK', 'someone-else', 'Invalid Public/Private key'],
    ['X-Signature', 'G2iVHCnzGn5xCsteT2kliE+tFGBfwEOOTYkalzT9IoE=', 'Invalid Signature'],
    ['X-Stamp', '12', 'Invalid Signature'],
  ])('%s: %s is a 401 whose success is true: %s', async (header, value, reason) => {
    venue = await startBtcturk();
    const answer = await balances({ [header]: value });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({
      success: true,
      message: `Unauthorized - ${reason}`,
      code: 1_037,
    });
  });

  it('answers a reused stamp with Invalid Nonce on any route', async () => {
    venue = await startBtcturk();
    const stamp = nextStamp();
    expect((await call(venue.url, '/api/v1/openOrders', { stamp })).status).toBe(200);
    const again = await call(venue.url, '/api/v1/users/balances', { stamp });
    expect([again.status, again.json.message]).toEqual([401, 'Unauthorized - Invalid Nonce']);
  });

  it('may answer 401 with an empty body', async () => {
    venue = await startBtcturk({ settings: { unauthorizedBody: 'empty' } });
    const answer = await balances({ 'X-PCK': undefined });
    expect([answer.status, answer.text]).toEqual([401, '']);
  });

  it('refuses a key without the permission', async () => {
    venue = await startBtcturk({ keys: [{ ...testKey, permissions: ['trade'] }] });
    expect((await balances()).status).toBe(401);
    expect((await call(venue.url, '/api/v1/openOrders')).status).toBe(200);
  });

  it('compares stamps with its own skewed clock, and shows that clock', async () => {
    let now = NOW;
    venue = await startBtcturk({ now: () => now });
    venue.control.clock({ skewMs: 6_000 });
    const time = await call(venue.url, '/api/v2/server/time');
    expect(time.json).toEqual({
      serverTime: NOW + 6_000,
      serverTime2: '2026-01-01T00:00:06.0000000+00:00',
    });
    const at = (stamp: number) =>
      call(venue.url, '/api/v1/users/balances', { headers: signedHeaders(stamp) });
    expect((await at(NOW)).json.message).toBe('Unauthorized - Invalid Nonce');
    expect((await at(NOW + 1_000)).status).toBe(200);
    venue.control.clock({ windowMs: 2_000 });
    expect((await at(NOW + 3_999)).status).toBe(401);
    expect((await at(NOW + 4_000)).status).toBe(200);
    now += 1;
    expect((await at(NOW + 4_001)).status).toBe(200);
  });
});

describe('block after too many 401s', () => {
  let venue: Btcturk;
  afterEach(() => venue.stop());
  const bad = { 'X-PCK': 'someone-else' };
  const times = async (count: number, headers: Record<string, string>) => {
    for (let n = 0; n < count; n += 1) await call(venue.url, '/api/v1/openOrders', { headers });
  };

  it('lets a good request pass after 50 of them, and counts anew', async () => {
    venue = await startBtcturk();
    await times(50, bad);
    expect((await call(venue.url, '/api/v1/openOrders')).status).toBe(200);
    await times(50, bad);
    expect((await call(venue.url, '/api/v1/openOrders')).status).toBe(200);
  });

  it('blocks the address at the 51st, public routes included', async () => {
    venue = await startBtcturk();
    await times(50, bad);
    expect(venue.control.banned()).toEqual([]);
    expect((await call(venue.url, '/api/v1/openOrders', { headers: bad })).status).toBe(403);
    expect((await call(venue.url, '/api/v2/server/time')).status).toBe(403);
    expect((await call(venue.url, '/api/v2/server/time', { from: '127.0.0.2' })).status).toBe(200);
    expect(venue.control.banned()).toEqual(['127.0.0.1']);
    venue.control.reset();
    expect((await call(venue.url, '/api/v2/server/time')).status).toBe(200);
  });

  it('may drop the connection instead', async () => {
    venue = await startBtcturk({ settings: { banAfter: 1, banAnswer: 'drop' } });
    await times(1, bad);
    await expect(times(1, bad)).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(venue.ledger().requests.map((request) => request.outcome.kind)).toEqual([
      'answered',
      'dropped',
    ]);
  });

  it('never blocks with banAfter 0', async () => {
    venue = await startBtcturk({ settings: { banAfter: 0 } });
    await times(60, bad);
    expect((await call(venue.url, '/api/v1/openOrders')).status).toBe(200);
  });
});
