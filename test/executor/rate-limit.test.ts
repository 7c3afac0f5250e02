import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig?.stop());

const limits = { maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000, maxConcurrency: 1 };
const count = (route: string) => rig.venue.ledger({ route }).requests.length;
const told429 = (route: string, method: string) =>
  rig.metric(`spark_http_requests_total{route="${route}",method="${method}",status="429"}`);

describe('a burst of orders', () => {
  it('meets no 429: who would be the tenth in a second waits its turn', async () => {
    rig = await startExecutor();
    const answers = await Promise.all(Array.from({ length: 30 }, () => rig.place()));
    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(201));
    expect(await told429('/api/v1/order', 'POST')).toBe(0);
  }, 15_000);

  it('that waits its turn never leaves once killed', async () => {
    rig = await startExecutor();
    const answers = Array.from({ length: 30 }, () => rig.place());
    await rig.venue.control.wait({ route: 'order.submit', requests: 9 });
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    rig.cluster.put(killed(object));
    const codes = (await Promise.all(answers)).map(({ body }) => body.error?.code ?? 'sent');
    expect(codes.filter((code) => code === 'KILL_SWITCH_ACTIVE')).toHaveLength(21);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(9);
  }, 15_000);
});

describe('a venue that says 429', () => {
  it('is sent no order for as long as it asked, and callers are told how long', async () => {
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    rig.venue.control.addFault({
      route: 'order.submit',
      kind: 'rate-limit',
      retryAfterS: 2,
      times: 1,
    });
    const first = await rig.place();
    expect([first.status, first.body.error.code]).toEqual([422, 'VENUE_REJECTED']);
    const blockedAt = performance.now();
    const refused = await rig.place();
    expect([refused.status, refused.body.error.code]).toEqual([429, 'VENUE_RATE_LIMITED']);
    expect(refused.headers['retry-after']).toBe('2');
    const other = await rig.place({ symbol: 'USDTTRY', price: '40', quantity: '5' });
    expect(other.body.error.code).toBe('VENUE_RATE_LIMITED');
    expect(count('order.submit')).toBe(1);
    expect(await told429('/api/v1/order', 'POST')).toBe(1);
    expect(await rig.metric('spark_guard_denials_total{reason="VENUE_RATE_LIMITED"}')).toBe(2);
    await expect.poll(async () => (await rig.place()).status, { timeout: 4_000 }).toBe(201);
    expect(performance.now() - blockedAt).toBeGreaterThan(1_900);
    expect(count('order.submit')).toBe(2);
  }, 10_000);

  it('for longer than any of its limits lasts is asked again after fifteen minutes', async () => {
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    const [kind, retryAfterS] = ['rate-limit', 86_400] as const;
    rig.venue.control.addFault({ route: 'order.submit', kind, retryAfterS, times: 1 });
    await rig.place();
    const refused = await rig.place();
    expect(refused.body.error.code).toBe('VENUE_RATE_LIMITED');
    expect(refused.headers['retry-after']).toBe('900');
  });

  it('is sent none of those who queue either', async () => {
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    rig.venue.control.addFault({
      route: 'order.submit',
      kind: 'rate-limit',
      retryAfterS: 5,
      times: 1,
    });
    const answers = await Promise.all(Array.from({ length: 4 }, () => rig.place()));
    const told = answers.map(({ body }) => body.error.code).sort();
    expect(told).toEqual([
      'VENUE_RATE_LIMITED',
      'VENUE_RATE_LIMITED',
      'VENUE_RATE_LIMITED',
      'VENUE_REJECTED',
    ]);
    expect(count('order.submit')).toBe(1);
  });

  it('to orders is still sent cancels and reads, each kept to its own pause', async () => {
    rig = await startExecutor();
    const { body } = await rig.place();
    for (const route of ['order.submit', 'balances'] as const) {
      rig.venue.control.addFault({ route, kind: 'rate-limit', retryAfterS: 30, times: 1 });
    }
    await rig.place();
    expect((await rig.call('GET', '/balances')).status).toBe(502);
    const again = await rig.call('GET', '/balances');
    expect([again.status, again.body.error.message]).toEqual([
      502,
      expect.stringContaining('30 s'),
    ]);
    expect(count('balances')).toBe(1);
    expect((await rig.call('DELETE', `/orders/${body.order.id}`)).status).toBe(200);
    expect((await rig.venue.control.wait({ openAtMost: 0 })).reached).toBe(true);
    await rig.until(({ openOrders }) => openOrders === 0);
    expect((await rig.place()).body.error.code).toBe('VENUE_RATE_LIMITED');
  });
});
