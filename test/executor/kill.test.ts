import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor, killed, RISK, respecified } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

/** The object as it is now, in another spec. */
const kill = (on = true) => rig.cluster.put(killed(current(), on));

function current() {
  const { object } = rig.cluster;
  if (object === undefined) throw new Error('there is no object');
  return object;
}

describe('a kill', () => {
  it('answers 403 and leaves ledger and order metrics still', async () => {
    rig = await startExecutor({ object: anExecutor('live', { control: { cancelOnKill: false } }) });
    await rig.place();
    const series = 'spark_place_ack_duration_seconds_count{outcome="acked",mode="live"}';
    const before = rig.venue.ledger().counts;
    const acceptedAt = kill();
    const report = await rig.until(({ gatedAt }) => gatedAt !== null);
    expect(Date.parse(report.gatedAt ?? '') - acceptedAt).toBeLessThan(50);
    const { status, body } = await rig.place();
    expect([status, body.error.code]).toEqual([403, 'KILL_SWITCH_ACTIVE']);
    expect(body.error.details.reasons).toContain('KillSwitch');
    const { orders } = rig.venue.ledger().counts;
    expect(orders).toEqual(before.orders);
    expect(await rig.metric(series)).toBe(1);
    expect(await rig.metric('spark_kill_switch')).toBe(1);
    expect(await rig.probe('/readyz')).toBe(200);
  });

  it('by a latch, by deletion in progress and by a latch on paper is the same 403', async () => {
    rig = await startExecutor();
    const open = current();
    const latched = { ...open.status, rollback: { uid: 'uid-1', pending: [], latched: true } };
    rig.cluster.put({ ...open, status: latched });
    await rig.until(({ shutReasons }) => shutReasons.includes('RollbackLatched'));
    expect((await rig.place()).body.error.code).toBe('KILL_SWITCH_ACTIVE');
    rig.cluster.put({
      ...open,
      metadata: { ...open.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    await rig.until(({ shutReasons }) => shutReasons.includes('Deleting'));
    expect((await rig.place()).body.error.code).toBe('KILL_SWITCH_ACTIVE');
    expect(rig.venue.ledger().orders).toHaveLength(0);
  });

  it('cancels own open orders and is flat when the venue’s own list says so', async () => {
    rig = await startExecutor();
    await Promise.all([rig.place(), rig.place(), rig.place()]);
    const foreign = rig.venue.control.plant({
      pairSymbol: 'BTCTRY',
      orderType: 'buy',
      orderMethod: 'limit',
      quantity: '0.001',
      price: '1000000',
    });
    kill();
    const report = await rig.until(({ flatAt }) => flatAt !== null);
    expect(report).toMatchObject({ openOrders: 0, inFlight: 0, queued: 0, unknown: 0 });
    const { orders } = rig.venue.ledger();
    expect(orders.filter(({ isOpen }) => isOpen).map(({ id }) => id)).toEqual([foreign.id]);
    kill(false);
    const open = await rig.until(({ gate }) => gate === 'open');
    expect([open.gatedAt, open.flatAt]).toEqual([null, null]);
  });

  it('keeps an order that waited behind a slow one from ever leaving', async () => {
    rig = await startExecutor({ object: anExecutor('live', { limits: { maxConcurrency: 1 } }) });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 400, times: 1 });
    const first = rig.place();
    await rig.venue.control.wait({ route: 'order.submit', requests: 1 });
    const second = rig.place({}, 'queued');
    await rig.until(({ queued }) => queued === 1);
    kill();
    const answer = await second;
    expect([answer.status, answer.body.error.code]).toEqual([403, 'KILL_SWITCH_ACTIVE']);
    expect(answer.body.error.details.order.state).toBe('dropped');
    // At once: it does not wait for its turn to be told.
    expect((await rig.control()).inFlight).toBe(1);
    expect((await first).status).toBe(201);
    await rig.until(({ flatAt }) => flatAt !== null);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(1);
    // Bound to its key: lifting the kill does not bring it back.
    kill(false);
    await rig.until(({ gate }) => gate === 'open');
    expect((await rig.place({}, 'queued')).status).toBe(403);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(1);
    expect(
      await rig.metric('spark_orders_total{status="unsent",error_class="gate",mode="live"}'),
    ).toBe(1);
  });

  it('stops an order that has its turn but not yet its connection', async () => {
    rig = await startExecutor();
    rig.venue.control.addFault({ route: 'server.ping', kind: 'delay', ms: 400, times: 1 });
    const placing = rig.place();
    await rig.venue.control.wait({ route: 'server.ping', requests: 1 });
    kill();
    const { status, body } = await placing;
    expect([status, body.error.code]).toEqual([403, 'KILL_SWITCH_ACTIVE']);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toEqual([]);
  });

  it('still answers replays with the order’s state, and takes cancels', async () => {
    rig = await startExecutor({ object: anExecutor('live', { control: { cancelOnKill: false } }) });
    const { body } = await rig.place({}, 'mine');
    kill();
    await rig.until(({ gatedAt }) => gatedAt !== null);
    expect((await rig.place({}, 'mine')).body.order.id).toBe(body.order.id);
    const token = await rig.cluster.token(RISK);
    expect((await rig.call('DELETE', `/orders/${body.order.id}`, { token })).status).toBe(200);
    await rig.venue.control.wait({ openAtMost: 0 });
    await rig.until(({ flatAt }) => flatAt !== null);
  });

  it('finds a pod that is born into it shut, gated and cancelling', async () => {
    rig = await startExecutor();
    await rig.place();
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    expect(simulator.ledger().orders.filter(({ isOpen }) => isOpen)).toHaveLength(1);
    cluster.put(killed(current()));
    rig = await startExecutor({ simulator, cluster, data });
    const report = await rig.until(({ flatAt }) => flatAt !== null);
    expect(report.gatedAt).not.toBeNull();
    expect(simulator.ledger().orders.filter(({ isOpen }) => isOpen)).toHaveLength(0);
  });

  it('cancels an order that was on the wire and acknowledged after it', async () => {
    rig = await startExecutor();
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 300, when: 'after' });
    const placing = rig.place();
    await rig.venue.control.wait({ orders: 1 });
    kill();
    await placing;
    await rig.until(({ flatAt }) => flatAt !== null);
    expect(rig.venue.ledger().orders.filter(({ isOpen }) => isOpen)).toHaveLength(0);
  });

  it('is not flat while the venue does not say so', async () => {
    rig = await startExecutor({ object: anExecutor('live', { venue: { timeoutMs: 300 } }) });
    await rig.place();
    const fault = rig.venue.control.addFault({ route: 'openOrders', kind: 'gateway-timeout' });
    kill();
    await rig.venue.control.wait({ route: 'openOrders', requests: 3 });
    expect((await rig.control()).flatAt).toBeNull();
    rig.venue.control.removeFaults(fault);
    await rig.until(({ flatAt }) => flatAt !== null);
  });

  it('of a lower mode drops what waited under the looser one', async () => {
    rig = await startExecutor({ object: anExecutor('live', { limits: { maxConcurrency: 1 } }) });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 300, times: 1 });
    const first = rig.place();
    await rig.venue.control.wait({ route: 'order.submit', requests: 1 });
    const second = rig.place();
    await rig.until(({ queued }) => queued === 1);
    rig.cluster.put(respecified(current(), { mode: 'paper' }));
    const answer = await second;
    expect([answer.status, answer.body.error.code]).toEqual([503, 'MODE_LOWERED']);
    await first;
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });
});

describe('cancel-all', () => {
  it('cancels own orders only, unless the account is named', async () => {
    rig = await startExecutor();
    await rig.place();
    const foreign = {
      ...{ pairSymbol: 'BTCTRY', orderType: 'buy', orderMethod: 'limit' },
      ...{ quantity: '0.001', price: '1000000' },
    };
    rig.venue.control.plant(foreign);
    const own = await rig.call('POST', '/orders/cancel-all');
    expect(own.body).toMatchObject({ requested: 1, failed: [] });
    await rig.venue.control.wait({ openAtMost: 1 });
    const all = await rig.call('POST', '/orders/cancel-all?scope=account');
    expect(all.body.foreign).toEqual({ requested: 1, failed: 0 });
    expect((await rig.venue.control.wait({ openAtMost: 0 })).reached).toBe(true);
  });

  it('stays within the venue’s ten a second', async () => {
    rig = await startExecutor();
    for (let n = 0; n < 12; n += 1) {
      if (n === 9) await new Promise((next) => setTimeout(next, 1_100));
      expect((await rig.place()).status).toBe(201);
    }
    expect((await rig.call('POST', '/orders/cancel-all')).body.requested).toBe(12);
    expect(rig.venue.ledger({ route: 'order.cancel', outcome: '429' }).requests).toEqual([]);
  });
});
