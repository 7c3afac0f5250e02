import { afterEach, describe, expect, it, vi } from 'vitest';
import { TimeLapse } from '../support/time-lapse.ts';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, restingBuy, startExecutor } from './start-executor.ts';

/** Two minutes at sixty times their speed, and what comes before and after. */
vi.setConfig({ testTimeout: 30_000 });

let rig: Rig;
afterEach(() => rig.stop());

/** Patient enough not to go blind, and not to give up on a call, while time runs fast. */
const object = anExecutor('live', {
  control: { lossGrace: '5m' },
  venue: { timeoutMs: 30_000 },
});
const SPEED = 60;

const stateOf = async (id: string) => (await rig.call('GET', `/orders/${id}`)).body.order.state;
const submits = () => rig.venue.ledger({ route: 'order.submit' }).requests;
const openAtVenue = () => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;

/** An order that the venue answered with 503 and may take later; time runs fast from then on. */
async function lost(kind: 'late-accept' | 'unavailable') {
  const clock = new TimeLapse();
  rig = await startExecutor({ object, clock });
  const fault = { route: 'order.submit', times: 1 } as const;
  const late = { ...fault, kind: 'late-accept', answer: 'unavailable' } as const;
  rig.venue.control.addFault(kind === 'late-accept' ? late : { ...fault, kind });
  const { status, body } = await rig.place({}, 'lost');
  expect(status).toBe(202);
  clock.speed = SPEED;
  return { id: body.order.id as string, clock, lostAt: clock.elapsed() };
}

describe('an order that the venue takes 90 s late', () => {
  it('is unknown until then, is found, and was sent once', async () => {
    const { id, clock, lostAt } = await lost('late-accept');
    await clock.after(90_000);
    expect(await stateOf(id)).toBe('unknown');
    rig.venue.control.release('late');
    await expect.poll(() => stateOf(id), { timeout: 5_000 }).toBe('working');
    expect(clock.elapsed() - lostAt).toBeGreaterThan(90_000);
    expect((await rig.place({}, 'lost')).status).toBe(201);
    expect(submits()).toHaveLength(1);
  });
});

describe('an order that the venue never took', () => {
  const presumedAbsent = async () => {
    const { id, clock, lostAt } = await lost('unavailable');
    await expect.poll(() => stateOf(id), { timeout: 8_000 }).toBe('presumed-absent');
    expect(clock.elapsed() - lostAt).toBeGreaterThan(120_000);
    expect(rig.venue.ledger({ route: 'allOrders' }).requests.length).toBeGreaterThanOrEqual(3);
    return { id, clock };
  };
  /** The very order, as if the venue had found it under a desk. */
  const turnUp = (id: string) =>
    rig.venue.control.plant({
      ...{ pairSymbol: 'BTCTRY', orderType: 'buy', orderMethod: 'limit', newOrderClientId: id },
      ...{ quantity: restingBuy.quantity, price: restingBuy.price },
    });

  it('is presumed absent, frees its room, and is answered 202 for ever, never sent again', async () => {
    const { id } = await presumedAbsent();
    expect(await rig.control()).toMatchObject({ unknown: 0 });
    expect(await rig.metric('spark_unknown_orders')).toBe(0);
    const replay = await rig.place({}, 'lost');
    expect([replay.status, replay.body.order.id]).toEqual([202, id]);
    expect(submits()).toHaveLength(1);
  });

  it('is adopted when it turns up filled, even after a restart', async () => {
    const { id, clock } = await presumedAbsent();
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    const venueId = turnUp(id).id;
    simulator.control.fill({ id: venueId, quantity: restingBuy.quantity });
    rig = await startExecutor({ simulator, cluster, data, clock });
    await expect.poll(() => stateOf(id)).toBe('filled');
    expect((await rig.call('GET', '/fills')).body.fills).toHaveLength(1);
    const turnedUp = 'spark_reconcile_mismatches_total{kind="turned-up"}';
    expect(await rig.metric(turnedUp)).toBe(1);
  });

  it('is cancelled when it turns up and its cancel was promised', async () => {
    const { id } = await presumedAbsent();
    expect((await rig.call('POST', '/orders/cancel-all')).body.pending).toBe(1);
    turnUp(id);
    await expect.poll(openAtVenue, { timeout: 4_000 }).toBe(0);
    await expect.poll(() => stateOf(id)).toBe('canceled');
  });

  it('is cancelled when it turns up while killed and flat, which is not flat any more', async () => {
    const { id } = await presumedAbsent();
    const { object: current } = rig.cluster;
    if (current !== undefined) rig.cluster.put(killed(current));
    const flat = await rig.until(({ flatAt }) => flatAt !== null);
    turnUp(id);
    await expect.poll(openAtVenue, { timeout: 4_000 }).toBe(0);
    const again = await rig.until(({ flatAt }) => flatAt !== null && flatAt !== flat.flatAt);
    expect(again.kill).toMatchObject({ requested: 1, cancelled: 1, remaining: 0 });
  });
});
