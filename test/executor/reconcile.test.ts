import { afterEach, describe, expect, it } from 'vitest';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, restingBuy, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const byHand = {
  ...{ pairSymbol: 'BTCTRY', orderType: 'buy', orderMethod: 'limit' },
  ...{ quantity: '0.001', price: '1000000', newOrderClientId: 'test' },
};
const openAtVenue = () => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;
const mismatches = (kind: string) => rig.metric(`spark_reconcile_mismatches_total{kind="${kind}"}`);

function kill(): void {
  const { object } = rig.cluster;
  if (object !== undefined) rig.cluster.put(killed(object));
}

describe('an executor with an empty journal', () => {
  it('takes no real order before it has read what is open on the account', async () => {
    const simulator = await startBtcturk();
    const { id } = simulator.control.plant(byHand);
    const fault = simulator.control.addFault({ route: 'openOrders', kind: 'unavailable' });
    rig = await startExecutor({ simulator, untilOpen: false });
    await simulator.control.wait({ route: 'openOrders', requests: 1 });
    await rig.until(({ shutReasons }) => shutReasons.join() === 'Reconciling');
    const refused = await rig.place({}, 'k');
    expect([refused.status, refused.body.error.code]).toEqual([503, 'RECONCILING']);
    simulator.control.removeFaults(fault);
    await rig.until(({ gate }) => gate === 'open');
    expect((await rig.place({}, 'k')).status).toBe(201);
    const { external } = (await rig.call('GET', '/orders?scope=account')).body;
    expect(external.orders).toMatchObject([
      { venueId: id, clientId: 'test', symbol: 'BTCTRY', side: 'buy', quantity: '0.001' },
    ]);
    expect(await rig.metric('spark_external_orders')).toBe(1);
    expect(await mismatches('external')).toBe(1);
    expect(await mismatches('doubled')).toBe(0);
  });

  it('on paper asks nobody, and asks before the first real order once it climbs', async () => {
    rig = await startExecutor({ object: anExecutor('paper') });
    expect((await rig.place()).status).toBe(201);
    expect(rig.venue.ledger({ route: 'openOrders' }).requests).toEqual([]);
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    const hold = rig.venue.control.addFault({ route: 'openOrders', kind: 'unavailable' });
    const spec = { ...object.spec, mode: 'live' as const };
    rig.cluster.put({ ...object, spec, status: { ...object.status, ladder: { reached: 'live' } } });
    await rig.until(({ shutReasons }) => shutReasons.join() === 'Reconciling');
    rig.venue.control.removeFaults(hold);
    await rig.until(({ gate }) => gate === 'open');
  });

  it('asks while it is latched on paper already, when it will trade again once released', async () => {
    const rollback = { uid: 'uid-1', pending: [], latched: true };
    const live = anExecutor('live');
    const object = { ...live, status: { ...live.status, rollback } };
    rig = await startExecutor({ object });
    expect((await rig.venue.control.wait({ route: 'openOrders', requests: 1 })).reached).toBe(true);
    expect((await rig.control()).effective).toMatchObject({ mode: 'paper', killed: true });
  });
});

describe('an order of somebody else on the account', () => {
  it('is left alone by a kill, by cancel-all and by a restart, and goes when the account is named', async () => {
    rig = await startExecutor();
    rig.venue.control.plant(byHand);
    await rig.place();
    await rig.call('POST', '/orders/cancel-all');
    await rig.venue.control.wait({ openAtMost: 1 });
    kill();
    await rig.until(({ flatAt }) => flatAt !== null);
    expect(openAtVenue()).toBe(1);
    await rig.call('POST', '/orders/cancel-all?scope=account');
    expect((await rig.venue.control.wait({ openAtMost: 0 })).reached).toBe(true);
  });
});

describe('a second order at the venue under one of our client ids', () => {
  it('is counted, keeps a kill from being flat, and is cancelled by it', async () => {
    rig = await startExecutor();
    const { body } = await rig.place();
    const { quantity, price } = restingBuy;
    rig.venue.control.plant({ ...byHand, quantity, price, newOrderClientId: body.order.id });
    await expect.poll(() => mismatches('doubled'), { timeout: 6_000 }).toBe(1);
    expect(await rig.metric('spark_external_orders')).toBe(0);
    kill();
    const report = await rig.until(({ flatAt }) => flatAt !== null);
    expect(openAtVenue()).toBe(0);
    expect(report.kill).toMatchObject({ requested: 1, cancelled: 1, remaining: 0 });
  }, 15_000);

  it('goes with a kill though the first one was filled and is over', async () => {
    rig = await startExecutor();
    const { body } = await rig.place();
    const { id, venueId } = body.order;
    const { quantity, price } = restingBuy;
    rig.venue.control.fill({ id: venueId, quantity });
    await rig.until(({ openOrders }) => openOrders === 0);
    rig.venue.control.plant({ ...byHand, quantity, price, newOrderClientId: id });
    kill();
    await rig.until(({ flatAt }) => flatAt !== null);
    expect(openAtVenue()).toBe(0);
    expect(await mismatches('doubled')).toBe(1);
    expect((await rig.call('GET', `/orders/${id}`)).body.order).toMatchObject({ venueId });
  }, 15_000);
});

describe('an order that the venue refused and holds all the same', () => {
  it('is ours: it counts as open, and goes when it is cancelled', async () => {
    rig = await startExecutor();
    const fault = { route: 'order.submit', kind: 'rate-limit', times: 1 } as const;
    rig.venue.control.addFault(fault);
    const { status, body } = await rig.place();
    expect(status).toBe(422);
    const { id } = body.error.details.order;
    const { quantity, price } = restingBuy;
    rig.venue.control.plant({ ...byHand, quantity, price, newOrderClientId: id });
    // Something to follow, so that it looks now and not in a minute.
    await expect.poll(async () => (await rig.place()).status, { timeout: 5_000 }).toBe(201);
    await rig.until(({ openOrders }) => openOrders === 2);
    expect(await mismatches('turned-up')).toBe(1);
    expect((await rig.call('DELETE', `/orders/${id}`)).status).toBe(200);
    await rig.venue.control.wait({ openAtMost: 1 });
    const { order } = (await rig.call('GET', `/orders/${id}`)).body;
    expect(order.placeOutcome.outcome).toBe('rejected');
  }, 15_000);
});

describe('an open order that the venue does not know', () => {
  it('is counted once and stays open: nobody may take it for gone', async () => {
    rig = await startExecutor();
    const { body } = await rig.place();
    rig.venue.control.reset();
    await expect.poll(() => mismatches('missing'), { timeout: 6_000 }).toBe(1);
    await rig.venue.control.wait({ route: 'order.get', requests: 2 });
    expect(await mismatches('missing')).toBe(1);
    expect((await rig.call('GET', `/orders/${body.order.id}`)).body.order.state).toBe('working');
  }, 15_000);
});
