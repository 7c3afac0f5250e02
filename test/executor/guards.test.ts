import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const codeOf = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];

describe('guards', () => {
  it('refuse a symbol that is not in the whitelist, and bind no key to it', async () => {
    rig = await startExecutor();
    const refused = await rig.place({ symbol: 'ETHTRY' }, 'k');
    expect(codeOf(refused)).toEqual([403, 'SYMBOL_NOT_ALLOWED']);
    expect((await rig.place({}, 'k')).status).toBe(201);
    expect(await rig.metric('spark_guard_denials_total{reason="SYMBOL_NOT_ALLOWED"}')).toBe(1);
  });

  it('refuse for ever an order above the notional of a second', async () => {
    rig = await startExecutor({ object: anExecutor('trickle') });
    const over = await rig.place({ quantity: '0.0006' });
    expect(codeOf(over)).toEqual([422, 'NOTIONAL_PER_ORDER']);
    expect((await rig.place({ quantity: '0.0005' })).status).toBe(201);
  });

  it('count a sell limit at the market when that is better than its own price', async () => {
    rig = await startExecutor({ object: anExecutor('trickle') });
    const { bid } = rig.venue.control.prices({ symbol: 'BTCTRY' });
    const price = String(Math.ceil(Number(bid) / 90) * 10);
    // At its own price 100 TRY; it would trade for nine times as much.
    const quantity = (100.5 / Number(price)).toFixed(6);
    const hidden = await rig.place({ side: 'sell', price, quantity });
    expect(codeOf(hidden)).toEqual([422, 'NOTIONAL_PER_ORDER']);
    const above = String(Math.ceil(Number(bid) / 100) * 110);
    const rests = await rig.place({ side: 'sell', price: above, quantity: '0.0001' });
    expect(rests.status, JSON.stringify(rests.body)).toBe(201);
    expect(rests.body.order.notionalTry).toBe(String(Number(above) / 10_000));
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });

  it('hold the TRY of a second, USDT pairs by the dated rate', async () => {
    const limits = { maxNotionalTryPerSecond: 4_000 };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    const order = { symbol: 'BTCUSDT', quantity: '0.002', price: '40000' };
    const first = await rig.place(order);
    expect(first.status, JSON.stringify(first.body)).toBe(201);
    const notional = Number(first.body.order.notionalTry);
    expect(notional).toBeGreaterThan(80 * 30);
    const second = await rig.place(order);
    expect(codeOf(second)).toEqual([429, 'NOTIONAL_PER_SECOND']);
    expect(Number(second.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });

  it('hold the orders of a minute, refusals not counted', async () => {
    const limits = { maxOrdersPerMinute: 2, maxNotionalTryPerSecond: 100_000 };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    await rig.place({ symbol: 'ETHTRY' });
    const answers = [await rig.place(), await rig.place(), await rig.place()];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    expect(codeOf(answers[2] as never)).toEqual([429, 'ORDERS_PER_MINUTE']);
    expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(50);
    expect(rig.venue.ledger().orders).toHaveLength(2);
  });

  it('count what an earlier process sent', async () => {
    const limits = { maxOrdersPerMinute: 1, maxNotionalTryPerSecond: 100_000 };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    expect((await rig.place()).status).toBe(201);
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    rig = await startExecutor({ simulator, cluster, data });
    expect(codeOf(await rig.place())).toEqual([429, 'ORDERS_PER_MINUTE']);
  });

  it('refuse real orders while the clock is off, paper ones not', async () => {
    rig = await startExecutor({ venue: {} });
    rig.venue.control.clock({ skewMs: 3_000 });
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    rig = await startExecutor({ simulator, cluster, data });
    const refused = await rig.place();
    expect(codeOf(refused)).toEqual([503, 'CLOCK_DRIFT']);
    expect(refused.body.error.details.offsetMs).toBeGreaterThan(2_900);
    expect(await rig.metric('spark_clock_drift_seconds')).toBeGreaterThan(2.9);
    expect(rig.venue.ledger().orders).toHaveLength(0);
  });

  it('let the venue say Invalid Nonce to a stamp it does not take, and count it', async () => {
    rig = await startExecutor();
    rig.venue.control.addFault({ route: 'order.submit', kind: 'skew', ms: 6_000 });
    expect(codeOf(await rig.place())).toEqual([422, 'VENUE_REJECTED']);
    // Each is followed by a look at the clock, which is right. The address would be blocked after
    // 50 in a row: it stops at five.
    await expect
      .poll(async () => codeOf(await rig.place()), { interval: 50, timeout: 8_000 })
      .toEqual([503, 'VENUE_BREAKER_OPEN']);
    expect(await rig.metric('spark_exchange_errors_total{code="INVALID_NONCE"}')).toBe(5);
    expect(
      await rig.metric('spark_orders_total{status="rejected",error_class="nonce",mode="live"}'),
    ).toBe(5);
  });

  it('keep limit prices near the market and open orders few, when the spec says so', async () => {
    const limits = { priceCollarPercent: 5, maxOpenOrders: 1, maxNotionalTryPerSecond: 1_000_000 };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    expect(codeOf(await rig.place())).toEqual([422, 'PRICE_COLLAR']);
    const { bid } = rig.venue.control.prices({ symbol: 'BTCTRY' });
    const price = String(Math.floor((Number(bid) * 0.97) / 10) * 10);
    const near = await rig.place({ price });
    expect(near.status, JSON.stringify(near.body)).toBe(201);
    expect(codeOf(await rig.place({ price }))).toEqual([429, 'OPEN_ORDERS_LIMIT']);
  });

  it('refuse real orders while the credentials are missing, and heal when they appear', async () => {
    const { writeCredentials } = await import('./start-executor.ts');
    const { testKey } = await import('../venue/btcturk/simulator.ts');
    rig = await startExecutor({ credentials: null, untilOpen: false });
    await rig.until(({ shutReasons }) => shutReasons[0] === 'CredentialsMissing');
    expect(codeOf(await rig.place())).toEqual([503, 'CREDENTIALS_MISSING']);
    expect((await rig.control()).credentials).toBe('missing');
    writeCredentials(`${rig.folder}/credentials`, testKey);
    await rig.until(({ gate }) => gate === 'open');
    await expect.poll(async () => (await rig.place()).status).toBe(201);
  });

  it('a venue that cannot be reached leaves the order unsent', async () => {
    rig = await startExecutor();
    await rig.venue.stop();
    const answer = await rig.place();
    expect(codeOf(answer)).toEqual([503, 'VENUE_UNREACHABLE']);
    expect(answer.body.error.details.order.state).toBe('dropped');
    expect(
      await rig.metric('spark_orders_total{status="unsent",error_class="network",mode="live"}'),
    ).toBe(1);
  });
});
