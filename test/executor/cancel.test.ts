import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const openAtVenue = () => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;

/** An order that hangs at the venue, and a cancel that was promised for it. */
async function promised(): Promise<void> {
  rig = await startExecutor({ object: anExecutor('live', { venue: { timeoutMs: 300 } }) });
  rig.venue.control.addFault({ route: 'order.submit', kind: 'late-accept', times: 1 });
  const { body } = await rig.place();
  const { status } = await rig.call('DELETE', `/orders/${body.order.id}`);
  expect(status).toBe(202);
}

/** The venue takes the order only now. */
async function turnUp(): Promise<void> {
  rig.venue.control.release('late');
  await rig.venue.control.wait({ orders: 1 });
}

describe('a cancel that was promised', () => {
  it('is kept over a restart', async () => {
    await promised();
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    rig = await startExecutor({ simulator, cluster, data });
    await turnUp();
    await expect.poll(openAtVenue, { timeout: 8_000 }).toBe(0);
  }, 15_000);

  it('is kept over a restart when the order has turned up and was not cancelled yet', async () => {
    await promised();
    const fault = rig.venue.control.addFault({ route: 'order.cancel', kind: 'unavailable' });
    await turnUp();
    await rig.until(({ openOrders }) => openOrders === 1, 8_000);
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    simulator.control.removeFaults(fault);
    rig = await startExecutor({ simulator, cluster, data });
    await expect.poll(openAtVenue, { timeout: 8_000 }).toBe(0);
  }, 20_000);

  it('is asked for again however often the venue does not take it', async () => {
    await promised();
    rig.venue.control.addFault({ route: 'order.cancel', kind: 'unavailable', times: 4 });
    await turnUp();
    await expect.poll(openAtVenue, { timeout: 12_000 }).toBe(0);
    expect(rig.venue.ledger({ route: 'order.cancel' }).requests).toHaveLength(5);
  }, 20_000);

  it('binds nobody once the order is over', async () => {
    await promised();
    await turnUp();
    await rig.until(({ openOrders, unknown }) => openOrders + unknown === 0, 8_000);
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    const { requests } = simulator.ledger({ route: 'order.cancel' });
    rig = await startExecutor({ simulator, cluster, data });
    await rig.place();
    await rig.venue.control.wait({ orders: 2 });
    expect(simulator.ledger({ route: 'order.cancel' }).requests).toHaveLength(requests.length);
  }, 15_000);
});

describe('a venue that wants a minute before the next cancel', () => {
  it('does not keep a kill from cancelling what turns up, and is asked again within seconds', async () => {
    rig = await startExecutor();
    await rig.place();
    const fault = { route: 'order.cancel', kind: 'rate-limit', retryAfterS: 60, times: 1 } as const;
    rig.venue.control.addFault(fault);
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 600, when: 'after' });
    const late = rig.place();
    await rig.venue.control.wait({ orders: 2 });
    const { object } = rig.cluster;
    if (object !== undefined) rig.cluster.put(killed(object));
    await rig.venue.control.wait({ route: 'order.cancel', requests: 1 });
    expect((await late).status).toBe(201);
    await expect.poll(openAtVenue, { timeout: 1_000 }).toBe(1);
    await expect.poll(openAtVenue, { timeout: 6_000 }).toBe(0);
    await rig.until(({ flatAt }) => flatAt !== null, 6_000);
  }, 20_000);
});
