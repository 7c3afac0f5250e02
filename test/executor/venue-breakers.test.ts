import { afterEach, describe, expect, it } from 'vitest';
import { startBtcturk, testKey } from '../venue/btcturk/simulator.ts';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, startExecutor, writeCredentials } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig?.stop());

const codes = (answers: readonly { status: number; body: { error?: { code: string } } }[]) =>
  answers.map(({ status, body }) => `${status} ${body.error?.code ?? ''}`.trim());
const submits = () => rig.venue.ledger({ route: 'order.submit' }).requests.length;
const openState = 'spark_breaker_state{lane="orders",state="open"}';

/** A venue stricter than it says, so that no look at its clock tells why it refuses our stamps. */
async function startWhereStampsAreRefused(retryMs: number) {
  const simulator = await startBtcturk({ settings: { windowMs: 1_000 } });
  const object = anExecutor('live', { clock: { maxDriftMs: 4_000 } });
  rig = await startExecutor({ simulator, object, tempo: { retryMs } });
}

/** Each refusal is followed by a look at the clock, half a second apart. */
async function placeUntilTheKeyIsRefused() {
  rig.venue.control.clock({ skewMs: 2_000 });
  await expect
    .poll(async () => codes([await rig.place()]), { interval: 50, timeout: 8_000 })
    .toEqual(['503 VENUE_BREAKER_OPEN']);
}

async function placeMany(count: number) {
  const answers = [];
  for (let n = 0; n < count; n += 1) answers.push(await rig.place());
  return answers;
}

describe('the breaker for orders', () => {
  it('opens when the venue answers 5xx, refuses before anything is journalled, and says so', async () => {
    rig = await startExecutor();
    rig.venue.control.addFault({ route: 'order.submit', kind: 'unavailable' });
    expect(codes(await placeMany(5))).toEqual(Array(5).fill('202'));
    const [refused] = await placeMany(1);
    expect(codes([refused as never])).toEqual(['503 VENUE_BREAKER_OPEN']);
    expect(refused?.headers['retry-after']).toBe('1');
    expect(submits()).toBe(5);
    expect((await rig.call('GET', '/orders')).body.orders).toHaveLength(5);
    expect(await rig.metric(openState)).toBe(1);
    expect(await rig.metric('spark_breaker_state{lane="orders",state="closed"}')).toBe(0);
    expect((await rig.control()).breakers).toEqual({
      orders: 'open',
      cancels: 'closed',
      reads: 'closed',
    });
  });

  it('drops at the last gate what had been accepted before, unsent', async () => {
    const limits = {
      maxOrdersPerMinute: 300,
      maxNotionalTryPerSecond: 1_000_000,
      maxConcurrency: 1,
    };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 1_000, times: 1 });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'unavailable' });
    const accepted = Array.from({ length: 9 }, () => rig.place());
    await rig.until(({ queued }) => queued === 8);
    const answers = await Promise.all(accepted);
    expect(codes(answers).sort()).toEqual([
      ...Array(5).fill('202'),
      ...Array(4).fill('503 VENUE_BREAKER_OPEN'),
    ]);
    const dropped = answers.filter(({ status }) => status === 503);
    expect(dropped.map(({ body }) => body.error.details.order.state)).toEqual(
      Array(4).fill('dropped'),
    );
    expect(submits()).toBe(5);
    expect(rig.venue.ledger().orders).toEqual([]);
  });

  it('is closed again by a read, not by somebody’s order', async () => {
    rig = await startExecutor({ tempo: { retryMs: 300 } });
    const down = rig.venue.control.addFault({ route: '*', kind: 'unavailable' });
    await placeMany(5);
    rig.venue.control.removeFaults(down);
    await expect.poll(() => rig.metric(openState)).toBe(0);
    expect(submits()).toBe(5);
    expect((await rig.place()).status).toBe(201);
  });

  it('waits twice as long before it tries again when the venue fails at once again', async () => {
    rig = await startExecutor();
    rig.venue.control.addFault({ route: 'order.submit', kind: 'unavailable' });
    await placeMany(5);
    await expect.poll(() => rig.metric(openState), { timeout: 5_000 }).toBe(0); // the probe is a read
    expect(codes(await placeMany(2))).toEqual(['202', '503 VENUE_BREAKER_OPEN']);
    const [refused] = await placeMany(1);
    expect(refused?.headers['retry-after']).toBe('2');
    expect(submits()).toBe(6);
  });

  it('is not closed by orders that waited and never left', async () => {
    const limits = {
      maxOrdersPerMinute: 300,
      maxNotionalTryPerSecond: 1_000_000,
      maxConcurrency: 30,
    };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 500 });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'unavailable' });
    rig.venue.control.addFault({ route: 'openOrders', kind: 'hang' }); // the probe's answer
    const answers = await Promise.all(Array.from({ length: 30 }, () => rig.place()));
    expect(codes(answers).sort()).toEqual([
      ...Array(9).fill('202'),
      ...Array(21).fill('503 VENUE_BREAKER_OPEN'),
    ]);
    expect(submits()).toBe(9);
    expect(await rig.metric('spark_breaker_state{lane="orders",state="closed"}')).toBe(0);
  }, 15_000);

  it('does not open for what is wrong with an order', async () => {
    rig = await startExecutor();
    rig.venue.control.balance({ asset: 'TRY', balance: '1' });
    expect(codes(await placeMany(7))).toEqual(Array(7).fill('422 VENUE_REJECTED'));
    expect(await rig.metric(openState)).toBe(0);
  });

  it('on paper holds nobody up', async () => {
    rig = await startExecutor();
    rig.venue.control.addFault({ route: 'order.submit', kind: 'unavailable' });
    await placeMany(5);
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    rig.cluster.put({ ...object, spec: { ...object.spec, mode: 'paper' } });
    await rig.until(({ effective }) => effective?.mode === 'paper');
    expect((await rig.place()).status).toBe(201);
  });
});

describe('a key that the venue refuses', () => {
  it('is forgotten when another one is mounted', async () => {
    rig = await startExecutor({
      credentials: { ...testKey, publicKey: 'wrong' },
      tempo: { retryMs: 60_000 },
      untilOpen: false,
    });
    // The account is read before the first order, and read again: five times with the wrong key.
    await rig.until(({ breakers }) => breakers?.orders === 'open', 10_000);
    writeCredentials(`${rig.folder}/credentials`, testKey);
    await expect.poll(async () => (await rig.place()).status, { timeout: 10_000 }).toBe(201);
    expect(await rig.metric(openState)).toBe(0);
  }, 25_000);

  it('is asked about every so often, far from a ban, and works again when it is accepted', async () => {
    await startWhereStampsAreRefused(200);
    await placeUntilTheKeyIsRefused();
    expect(submits()).toBe(5);
    const refused = await rig.place();
    expect(refused.body.error.message).toContain('refused our key');
    expect((await rig.control()).breakers).toMatchObject({ reads: 'open' });
    // Reads are not sent either: each would bring the ban closer.
    const before = rig.venue.ledger({ route: 'balances' }).requests.length;
    expect((await rig.call('GET', '/balances')).status).toBe(502);
    expect(rig.venue.ledger({ route: 'balances' }).requests).toHaveLength(before);
    await rig.venue.control.wait({ route: 'openOrders', requests: 2 });
    expect(rig.venue.control.banned()).toEqual([]);
    rig.venue.control.clock({ skewMs: 0 });
    await expect.poll(() => rig.metric(openState)).toBe(0);
    // The probes' stamps were refused too: the clock is looked at once more.
    await expect.poll(async () => (await rig.place()).status, { timeout: 3_000 }).toBe(201);
    expect((await rig.call('GET', '/balances')).status).toBe(200);
    expect(submits()).toBe(6);
  }, 15_000);
});

describe('the breaker for reads', () => {
  it('opens when the venue does not answer them, holds up no order, and closes with the next read', async () => {
    rig = await startExecutor({ tempo: { retryMs: 500 } });
    const down = rig.venue.control.addFault({ route: 'balances', kind: 'unavailable' });
    const asked = () => rig.venue.ledger({ route: 'balances' }).requests.length;
    for (let n = 0; n < 5; n += 1) await rig.call('GET', '/balances');
    expect(await rig.metric('spark_breaker_state{lane="reads",state="open"}')).toBe(1);
    const before = asked();
    const refused = await rig.call('GET', '/balances');
    expect([refused.status, asked()]).toEqual([502, before]);
    expect((await rig.place()).status).toBe(201);
    rig.venue.control.removeFaults(down);
    await expect.poll(async () => (await rig.call('GET', '/balances')).status).toBe(200);
    expect(await rig.metric('spark_breaker_state{lane="reads",state="closed"}')).toBe(1);
  }, 10_000);
});

describe('cancels', () => {
  it('pass while the breaker for orders is open, and while their own is', async () => {
    rig = await startExecutor({ tempo: { retryMs: 60_000 } });
    const placed = await placeMany(3);
    const down = rig.venue.control.addFault({ route: 'order.submit', kind: 'unavailable' });
    await placeMany(7);
    expect(await rig.metric(openState)).toBe(1);
    const [first, second, third] = placed.map(({ body }) => `/orders/${body.order.id}`);
    expect((await rig.call('DELETE', first ?? '')).status).toBe(200);
    rig.venue.control.removeFaults(down);
    const deaf = rig.venue.control.addFault({ route: 'order.cancel', kind: 'unavailable' });
    const failed = await Promise.all([second, third].map((path) => rig.call('DELETE', path ?? '')));
    expect(codes(failed)).toEqual(['502 CANCEL_FAILED', '502 CANCEL_FAILED']);
    expect(await rig.metric('spark_breaker_state{lane="cancels",state="open"}')).toBe(1);
    rig.venue.control.removeFaults(deaf);
    expect((await rig.call('DELETE', second ?? '')).status).toBe(200);
    expect(await rig.metric('spark_breaker_state{lane="cancels",state="closed"}')).toBe(1);
    await rig.call('DELETE', third ?? '');
    await rig.venue.control.wait({ openAtMost: 0 });
    expect(rig.venue.ledger().orders.filter(({ isOpen }) => isOpen)).toEqual([]);
  }, 15_000);

  it('of a kill reach the venue while no order would', async () => {
    rig = await startExecutor({ tempo: { retryMs: 60_000 } });
    await placeMany(2);
    const fault = rig.venue.control.addFault({ route: 'order.submit', kind: 'unavailable' });
    await placeMany(6);
    rig.venue.control.removeFaults(fault);
    const { object } = rig.cluster;
    if (object !== undefined) rig.cluster.put(killed(object));
    expect((await rig.venue.control.wait({ openAtMost: 0 }, 4_000)).reached).toBe(true);
    expect(await rig.metric(openState)).toBe(1);
  }, 15_000);

  it('of a refused key go one by one, none is held back, and the first accepted one frees all', async () => {
    await startWhereStampsAreRefused(60_000);
    const placed = await placeMany(3);
    await placeUntilTheKeyIsRefused();
    expect(await rig.metric(openState)).toBe(1);
    const cancels = placed.map(({ body }) => rig.call('DELETE', `/orders/${body.order.id}`));
    rig.venue.control.clock({ skewMs: 0 });
    expect((await Promise.all(cancels)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await rig.metric(openState)).toBe(0);
    expect((await rig.place()).status).toBe(201);
  }, 15_000);
});
