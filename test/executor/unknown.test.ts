import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, restingBuy, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const impatient = anExecutor('live', { venue: { timeoutMs: 300 } });
const over = 'spark_place_ack_duration_seconds_bucket{le="10",outcome="unknown",mode="live"}';
const counted = 'spark_place_ack_duration_seconds_count{outcome="unknown",mode="live"}';

describe('an order whose outcome is not known', () => {
  it.each([
    ['hang', 'timeout'],
    ['reset', 'network'],
    ['gateway-timeout', '5xx'],
    ['unavailable', '5xx'],
    ['no-id', 'unparsable'],
    ['bad-json', 'unparsable'],
  ] as const)('after %s is 202, found at the venue, and sent once', async (kind, errorClass) => {
    rig = await startExecutor({ object: impatient });
    rig.venue.control.addFault({ route: 'order.submit', kind, accept: true, times: 1 });
    const { status, body } = await rig.place({}, 'once');
    expect([status, body.order.state]).toEqual([202, 'unknown']);
    expect(body.order.placeOutcome).toMatchObject({ outcome: 'unknown', errorClass });
    await expect
      .poll(async () => (await rig.place({}, 'once')).body.order.state, { timeout: 5_000 })
      .toBe('working');
    const replay = await rig.place({}, 'once');
    expect(replay.status).toBe(201);
    // How placing went does not change with what was found later.
    expect(replay.body.order.placeOutcome.outcome).toBe('unknown');
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(1);
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });

  it('counts once, as over every finite bucket, when it was unanswered at its deadline', async () => {
    rig = await startExecutor({ object: impatient });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'hang', times: 1 });
    await rig.place();
    expect([await rig.metric(over), await rig.metric(counted)]).toEqual([0, 1]);
    expect(await rig.metric('spark_unknown_orders')).toBe(1);
  });

  it('is not sent again and keeps a killed executor from being flat', async () => {
    rig = await startExecutor({ object: impatient });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'hang', times: 1 });
    await rig.place();
    const { object } = rig.cluster;
    if (object !== undefined) rig.cluster.put(killed(object));
    await rig.venue.control.wait({ route: 'allOrders', requests: 2 });
    expect(await rig.control()).toMatchObject({ unknown: 1, flatAt: null });
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(1);
  });

  it('is cancelled when it turns up after its cancel was asked for', async () => {
    rig = await startExecutor({ object: impatient });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'late-accept', times: 1 });
    const { body } = await rig.place();
    const cancel = await rig.call('DELETE', `/orders/${body.order.id}`);
    expect([cancel.status, cancel.body.cancel]).toEqual([202, 'pending']);
    rig.venue.control.release('late');
    await rig.venue.control.wait({ orders: 1 });
    await expect
      .poll(() => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length, {
        timeout: 8_000,
      })
      .toBe(0);
  }, 15_000);
});

describe('an order that was taken, filled and buried under newer ones', () => {
  it('is found in the pages of allOrders, however few rows the venue puts on one', async () => {
    const settings = { limiter: false, allOrdersLimitMax: 50 };
    rig = await startExecutor({ object: impatient, venue: { settings } });
    const { control } = rig.venue;
    const unread = control.addFault({ route: 'openOrders', kind: 'unavailable' });
    control.addFault({ route: 'order.submit', kind: 'hang', accept: true, times: 1 });
    const { body } = await rig.place();
    expect(body.order.state).toBe('unknown');
    control.fill({ id: rig.venue.ledger().orders[0]?.id ?? '', quantity: restingBuy.quantity });
    const { quantity, price } = restingBuy;
    const byHand = { pairSymbol: 'BTCTRY', orderType: 'buy', orderMethod: 'limit' };
    for (let n = 0; n < 120; n += 1) control.plant({ ...byHand, quantity, price });
    control.removeFaults(unread);
    const state = async () => (await rig.call('GET', `/orders/${body.order.id}`)).body.order.state;
    await expect.poll(state, { timeout: 8_000 }).toBe('filled');
  }, 15_000);
});

describe('an order that the venue takes after the kill', () => {
  it('is cancelled, and only then is the executor flat', async () => {
    rig = await startExecutor({ object: impatient });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'late-accept', times: 1 });
    await rig.place();
    const { object } = rig.cluster;
    if (object !== undefined) rig.cluster.put(killed(object));
    await rig.venue.control.wait({ route: 'allOrders', requests: 2 });
    expect(await rig.control()).toMatchObject({ flatAt: null, kill: { remaining: 1 } });
    rig.venue.control.release('late');
    await rig.until(({ flatAt }) => flatAt !== null, 15_000);
    const { orders } = rig.venue.ledger();
    expect(orders.map(({ isOpen, isLate }) => [isOpen, isLate])).toEqual([[false, true]]);
  }, 25_000);
});

describe('after a restart', () => {
  it('no order leaves until journal and venue were compared; cancels work meanwhile', async () => {
    rig = await startExecutor();
    const { body } = await rig.place({}, 'before');
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    const fault = simulator.control.addFault({ route: 'openOrders', kind: 'gateway-timeout' });
    rig = await startExecutor({ simulator, cluster, data, untilOpen: false });
    await rig.until(({ shutReasons }) => shutReasons.join() === 'Reconciling');
    await expect.poll(() => rig.probe('/readyz')).toBe(200);
    const refused = await rig.place();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'RECONCILING']);
    expect((await rig.place({}, 'before')).body.order.id).toBe(body.order.id);
    expect((await rig.call('DELETE', `/orders/${body.order.id}`)).status).toBe(200);
    simulator.control.removeFaults(fault);
    await rig.until(({ gate }) => gate === 'open');
    expect((await rig.place()).status).toBe(201);
  });

  it('an order that was filled meanwhile is known to be', async () => {
    rig = await startExecutor();
    const { body } = await rig.place();
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    simulator.control.fill({ id: body.order.venueId, quantity: '0.0001' });
    rig = await startExecutor({ simulator, cluster, data });
    const { order } = (await rig.call('GET', `/orders/${body.order.id}`)).body;
    expect(order).toMatchObject({ state: 'filled', filled: '0.0001' });
    expect((await rig.call('GET', '/fills')).body.fills).toHaveLength(1);
    const audit = (await rig.call('GET', '/audit/summary?window=1h')).body;
    expect(audit).toMatchObject({ orders: 1, acked: 1, shareNotAcked: 0 });
    const [recent] = (await rig.control()).recent;
    expect(recent).toMatchObject({ orders: 1, acked: 1 });
    expect(recent?.buckets).toContainEqual({ le: 1, answered: 1, acked: 1 });
  });
});
