import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultOrder } from './btcturk/faults.ts';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { type Received, submit } from './client.ts';

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
