import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEASE_TIMES } from '../../executor/gate/lease.ts';
import { killed, respecified } from './an-executor.ts';
import { isInUse, SECRET, SenderDesk, TIMES } from './sender-desk.ts';

let desk: SenderDesk;
beforeEach(async () => {
  desk = await SenderDesk.open();
});
afterEach(() => desk.close());

describe('the Lease of the credentials', () => {
  it('of a killed process is waited out, window included', async () => {
    const first = await desk.start('first');
    await desk.trades(first);
    const second = await desk.start('second');
    await second.until('it sees the first', isInUse);
    const killedAt = Date.now();
    first.signal('SIGKILL');
    await desk.trades(second);
    const next = desk.venue.ledger().orders.find(({ clientId }) => clientId.startsWith('second'));
    const heldForMs = TIMES.leaseMs - 1.1 * TIMES.renewMs;
    expect((next?.acceptedAt ?? 0) - killedAt).toBeGreaterThan(heldForMs + TIMES.windowMs - 200);
  }, 60_000);

  it('is handed over by a process that is asked to stop, so that the next need not wait', async () => {
    // As long as in the field: only a handover can be quicker.
    const first = await desk.start('first', LEASE_TIMES);
    await desk.trades(first);
    const second = await desk.start('second', LEASE_TIMES);
    await second.until('it sees the first', isInUse);
    first.signal('SIGTERM');
    expect(await first.ended()).toBe(0);
    await desk.trades(second);
    expect(desk.cluster.leases.holder(SECRET)).toMatch(/^second-executor-0_/);
    expect(desk.cluster.leases.get(SECRET)?.metadata.annotations).toEqual({});
  }, 30_000);

  it('of a killed process is handed over once it is flat, not before', async () => {
    const first = await desk.start('first');
    for (let orders = 0; orders < 12; orders += 1) await desk.trades(first);
    const { object } = desk.cluster;
    if (object === undefined) throw new Error('there is no object');
    desk.cluster.put(killed(object));
    await first.until('it is gated', ({ gatedAt }) => gatedAt !== null);
    first.signal('SIGTERM');
    expect(await first.ended()).toBe(0);
    const { orders } = desk.venue.ledger();
    const lastEndedAt = Math.max(...orders.map(({ endedAt }) => endedAt ?? Number.NaN));
    const { holder, at } = desk.cluster.leases.holders.at(-1) ?? { holder: 'nobody', at: 0 };
    expect(holder).toBe('');
    expect(at).toBeGreaterThanOrEqual(lastEndedAt);
  }, 60_000);

  it('is given back on paper, once no real order lives', async () => {
    const first = await desk.start('first');
    const resting = await desk.trades(first);
    const { object } = desk.cluster;
    if (object === undefined) throw new Error('there is no object');
    desk.cluster.put(respecified(object, { mode: 'paper' }));
    await first.until('it is on paper', ({ effective }) => effective?.mode === 'paper');
    const { calls } = desk.cluster.leases;
    calls.length = 0;
    await expect.poll(() => calls.length, { timeout: 10_000 }).toBeGreaterThan(2);
    expect(desk.cluster.leases.holder(SECRET)).toMatch(/^first/);
    await first.call('DELETE', `/orders/${resting}`);
    await expect.poll(() => desk.cluster.leases.holder(SECRET), { timeout: 10_000 }).toBe('');
    expect((await first.control()).gate).toBe('open');
  }, 60_000);

  it('that cannot be renewed shuts the gate before it is over, and opens it once it can', async () => {
    const first = await desk.start('first');
    const resting = await desk.trades(first);
    const { leaseTransitions } = desk.cluster.leases.get(SECRET)?.spec ?? {};
    desk.cluster.leases.isDown = true;
    await first.until('it is shut', ({ shutReasons }) => shutReasons.join() === 'LeaseLost');
    const refused = await first.place();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'LEASE_LOST']);
    expect((await first.call('DELETE', `/orders/${resting}`)).status).toBeLessThan(300);
    desk.cluster.leases.isDown = false;
    await desk.trades(first);
    expect(desk.cluster.leases.get(SECRET)?.spec?.leaseTransitions).toBe(leaseTransitions);
  }, 30_000);

  it('that is made only now is waited out all the same', async () => {
    desk.cluster.leases.delete(SECRET);
    const first = await desk.start('first');
    await first.until('there is none', ({ shutReasons }) => shutReasons.join() === 'LeaseLost');
    const startedAt = Date.now();
    desk.cluster.leases.made(SECRET);
    await first.until('it waits', ({ shutReasons }) => shutReasons.join() === 'LeaseWaiting');
    await desk.trades(first);
    const waitedMs = (desk.venue.ledger().orders.at(0)?.acceptedAt ?? 0) - startedAt;
    expect(waitedMs).toBeGreaterThan(TIMES.leaseMs + TIMES.windowMs);
  }, 30_000);

  it('costs one request a renewal, and is reported', async () => {
    const first = await desk.start('first');
    await desk.trades(first);
    const { lease } = await first.control();
    expect(lease).toMatchObject({ secret: SECRET, holder: true, heldBy: null });
    expect(lease?.leftMs).toBeGreaterThan(TIMES.windowMs);
    desk.cluster.leases.calls.length = 0;
    await expect
      .poll(() => desk.cluster.leases.calls.length, { timeout: 10_000 })
      .toBeGreaterThan(3);
    expect(new Set(desk.cluster.leases.calls)).toEqual(new Set(['PUT']));
  }, 30_000);
});
