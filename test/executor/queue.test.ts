import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const oneAtATime = anExecutor('live', {
  limits: { maxConcurrency: 1, maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000 },
});

function kill() {
  const { object } = rig.cluster;
  if (object !== undefined) rig.cluster.put(killed(object));
}

describe('an order that waits its turn', () => {
  it('and is cancelled by its caller never leaves', async () => {
    rig = await startExecutor({ object: oneAtATime });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 400, times: 1 });
    const first = rig.place();
    await rig.venue.control.wait({ route: 'order.submit', requests: 1 });
    const second = rig.place();
    await rig.until(({ queued }) => queued === 1);
    const { orders } = (await rig.call('GET', '/orders?state=received')).body;
    const cancel = await rig.call('DELETE', `/orders/${orders[0].id}`);
    expect([cancel.status, cancel.body.cancel]).toEqual([200, 'withdrawn']);
    const answer = await second;
    expect([answer.status, answer.body.error.code]).toEqual([409, 'CANCELED_BEFORE_SENT']);
    expect((await first).status).toBe(201);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(1);
  });

  it('is refused when too many wait already, and all of them are told when killed', async () => {
    rig = await startExecutor({ object: oneAtATime });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 2_500, times: 1 });
    const first = rig.place();
    await rig.venue.control.wait({ route: 'order.submit', requests: 1 });
    const others = Array.from({ length: 270 }, () => rig.place());
    await Promise.race(others); // the first that found no room
    kill();
    const codes = (await Promise.all(others)).map(({ body }) => body.error.code);
    expect(new Set(codes)).toEqual(new Set(['QUEUE_FULL', 'KILL_SWITCH_ACTIVE']));
    expect((await first).status).toBe(201);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(1);
  }, 20_000);

  it('too long is dropped unsent at its deadline, counted as over every bucket', async () => {
    const spec = { limits: { maxConcurrency: 1 }, venue: { timeoutMs: 400 } };
    rig = await startExecutor({ object: anExecutor('live', spec) });
    // Connecting and then silence: the first holds its slot for longer than the second may wait.
    rig.venue.control.addFault({ route: 'server.ping', kind: 'delay', ms: 300, times: 1 });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'hang', times: 1 });
    const first = rig.place();
    await rig.venue.control.wait({ route: 'server.ping', requests: 1 });
    const second = await rig.place();
    expect([second.status, second.body.error.code]).toEqual([503, 'ORDER_TOO_OLD']);
    const unsent = 'outcome="unsent",mode="live"}';
    const name = 'spark_place_ack_duration_seconds';
    expect(await rig.metric(`${name}_count{${unsent}`)).toBe(1);
    expect(await rig.metric(`${name}_bucket{le="10",${unsent}`)).toBe(0);
    expect((await first).status).toBe(202);
  });
});

describe('a journal that takes nothing', () => {
  it('refuses new orders; cancels and the kill pass; it heals', async () => {
    const limits = {
      maxOpenOrders: 2,
      maxOrdersPerMinute: 300,
      maxNotionalTryPerSecond: 1_000_000,
    };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    const { body } = await rig.place();
    const lock = new DatabaseSync(join(rig.folder, 'data', 'journal.sqlite'));
    lock.exec('BEGIN IMMEDIATE');
    const refused = rig.place({}, 'stalled');
    expect((await rig.call('DELETE', `/orders/${body.order.id}`)).status).toBe(200);
    expect((await rig.venue.control.wait({ openAtMost: 0 })).reached).toBe(true);
    const { status, body: answer } = await refused;
    expect([status, answer.error.code]).toEqual([503, 'JOURNAL_UNAVAILABLE']);
    const killedAt = Date.now();
    kill();
    const report = await rig.until(({ gatedAt }) => gatedAt !== null);
    expect(Date.parse(report.gatedAt ?? '') - killedAt).toBeLessThan(50);
    lock.exec('ROLLBACK');
    lock.close();
    const { object } = rig.cluster;
    if (object !== undefined) rig.cluster.put(killed(object, false));
    await rig.until(({ gate }) => gate === 'open');
    // What was refused was not bound: the same key is a new order now.
    await expect.poll(async () => (await rig.place({}, 'stalled')).status).toBe(201);
    // Nor does it hold one of the two open orders.
    expect((await rig.place()).status).toBe(201);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(3);
  }, 20_000);
});
