import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const wide = { maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000 };
const limited = (limits: object) => anExecutor('live', { limits: { ...wide, ...limits } });
const codeOf = ({ status, body }: Awaited<ReturnType<Rig['place']>>) => [status, body.error?.code];
const openAtVenue = () => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;

describe('caps of one order', () => {
  it('hold for notional and quantity, and say by how much', async () => {
    const maxQuantityPerOrder = [{ symbol: 'BTCTRY', quantity: '0.0003' }];
    rig = await startExecutor({
      object: limited({ maxNotionalTryPerOrder: 250, maxQuantityPerOrder }),
    });
    const worth = await rig.place({ quantity: '0.000251' });
    expect(codeOf(worth)).toEqual([422, 'NOTIONAL_PER_ORDER']);
    expect(worth.body.error.details).toEqual({ notionalTry: '251', limitTry: '250' });
    const much = await rig.place({ quantity: '0.0004', price: '500000' });
    expect(codeOf(much)).toEqual([422, 'QUANTITY_PER_ORDER']);
    expect(much.body.error.details).toEqual({ quantity: '0.0004', limit: '0.0003' });
    expect((await rig.place({ quantity: '0.00025' })).status).toBe(201);
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });
});

describe('the throttle of repeated orders', () => {
  const object = limited({ repeatedOrders: { max: 2, within: '1h' } });
  const oneAtATime = limited({ repeatedOrders: { max: 2, within: '1h' }, maxConcurrency: 1 });

  it('lets the same order leave so often, however many come at once, and others pass', async () => {
    rig = await startExecutor({ object });
    const answers = await Promise.all(Array.from({ length: 8 }, () => rig.place()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.error.code).toBe('REPEATED_ORDER');
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(3_000);
    expect((await rig.place({ price: '1000010' })).status).toBe(201);
    expect((await rig.place({ quantity: '0.00010' }, 'spelled')).status).toBe(429);
    expect(rig.venue.ledger().orders).toHaveLength(3);
  });

  it('counts no order that never left, and what an earlier process sent', async () => {
    rig = await startExecutor({ object: oneAtATime });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 800, times: 1 });
    const first = rig.place();
    await rig.until(({ inFlight }) => inFlight === 1);
    const second = rig.place();
    await rig.until(({ queued }) => queued === 1);
    const [waiting] = (await rig.call('GET', '/orders?state=received')).body.orders;
    await rig.call('DELETE', `/orders/${waiting.id}`);
    expect((await first).status).toBe(201);
    expect(codeOf(await second)).toEqual([409, 'CANCELED_BEFORE_SENT']);
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    rig = await startExecutor({ simulator, cluster, data });
    expect((await rig.place()).status).toBe(201);
    expect(codeOf(await rig.place())).toEqual([429, 'REPEATED_ORDER']);
  });
});

describe('a time to live', () => {
  const mortal = (mode: 'live' | 'paper') => anExecutor(mode, { orders: { timeToLive: '2s' } });

  it('cancels an order that rests longer, and leaves a young one', async () => {
    rig = await startExecutor({ object: mortal('live') });
    const first = await rig.place();
    expect(first.status).toBe(201);
    expect(openAtVenue()).toBe(1);
    await expect.poll(openAtVenue, { timeout: 6_000 }).toBe(0);
    const { order } = (await rig.call('GET', `/orders/${first.body.order.id}`)).body;
    const { endedAt = 0, acceptedAt } = rig.venue.ledger().orders[0] ?? { acceptedAt: 0 };
    expect((endedAt as number) - acceptedAt).toBeGreaterThanOrEqual(1_900);
    expect(order.id).toBe(first.body.order.id);
  }, 10_000);

  it('is a promise: it survives a venue that refuses, and a restart', async () => {
    rig = await startExecutor({ object: mortal('live') });
    const fault = rig.venue.control.addFault({ route: 'order.cancel', kind: 'unavailable' });
    await rig.place();
    await rig.venue.control.wait({ route: 'order.cancel', requests: 1 });
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    const { object } = cluster;
    if (object !== undefined) cluster.put({ ...object, spec: { ...object.spec, orders: {} } });
    simulator.control.removeFaults(fault);
    rig = await startExecutor({ simulator, cluster, data });
    await expect.poll(openAtVenue, { timeout: 6_000 }).toBe(0);
  }, 15_000);

  it('holds on paper as well', async () => {
    rig = await startExecutor({ object: mortal('paper') });
    const { body } = await rig.place();
    expect(body.order.state).toBe('working');
    const state = async () => (await rig.call('GET', `/orders/${body.order.id}`)).body.order.state;
    await expect.poll(state, { timeout: 6_000 }).toBe('canceled');
  }, 10_000);
});
