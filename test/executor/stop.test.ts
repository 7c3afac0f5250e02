import { afterEach, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { Kill, type KillParts } from '../../executor/kill.ts';
import { executorLog } from '../../executor/log.ts';
import { VenueFailure } from '../../executor/venues/venue.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { TimeLapse } from '../support/time-lapse.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { anExecutor, killed } from './an-executor.ts';
import { FakeCluster } from './fake-cluster.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;

/** The holder of a Lease, whose calls to the venue may take as long as the pod has to end. */
async function startPatient(clock: TimeLapse): Promise<void> {
  const simulator = await startBtcturk();
  const cluster = await FakeCluster.start();
  cluster.leases.handedOver('key');
  const venue = { timeoutMs: 30_000, baseUrl: simulator.url };
  cluster.put(anExecutor('live', { control: { lossGrace: '5m' }, venue }));
  rig = await startExecutor({ simulator, cluster, clock, lease: { secret: 'key' } });
}

/** How long it takes to stop, in the executor's own time. */
async function stopping(clock: TimeLapse): Promise<number> {
  clock.speed = 20;
  const askedAt = clock.elapsed();
  await rig.stopExecutor();
  return clock.elapsed() - askedAt;
}

/** Resting orders at a venue that counts no requests. */
async function startWith(count: number, object = anExecutor()): Promise<TradingExecutor> {
  rig = await startExecutor({ object, venue: { settings: { limiter: false } } });
  await Promise.all(Array.from({ length: count }, () => rig.place()));
  expect(openAtVenue()).toBe(count);
  const { object: current } = rig.cluster;
  if (current === undefined) throw new Error('there is no object');
  return current;
}

const openAtVenue = () => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;

describe('an executor that is asked to stop', () => {
  afterEach(() => rig.stop());

  it('while its object is being deleted, cancels every own order first', async () => {
    const object = await startWith(25);
    const metadata = { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    rig.cluster.put({ ...object, metadata });
    await rig.until(({ shutReasons }) => shutReasons.includes('Deleting'));
    expect(openAtVenue()).toBeGreaterThan(0);
    await rig.stopExecutor();
    expect(openAtVenue()).toBe(0);
  }, 20_000);

  it.each([
    ['deleted', () => rig.cluster.delete()],
    ['deleted, with its right to read', () => Object.assign(rig.cluster, { getFault: 403 })],
    ['killed', (object: TradingExecutor) => void rig.cluster.put(killed(object))],
  ])('looks once more, and cancels its orders when the object was %s unseen', async (_, happen) => {
    const object = await startWith(3);
    rig.cluster.watchIsDeaf = true;
    happen(object);
    await rig.stopExecutor();
    expect(openAtVenue()).toBe(0);
  });

  it('cancels its orders when its namespace goes, which stops pods before it deletes objects', async () => {
    await startWith(25, anExecutor('live', { control: { lossGrace: '3s' } }));
    rig.cluster.namespaceCloses = true;
    await rig.stopExecutor(); // longer than until the next proof of sight, which shows no deletion
    expect(openAtVenue()).toBe(0);
  }, 20_000);

  it('does not wait for an API server that does not answer, and leaves its orders', async () => {
    await startWith(2);
    rig.cluster.getFault = 'hang';
    const askedAt = performance.now();
    await rig.stopExecutor();
    expect(performance.now() - askedAt).toBeLessThan(4_000);
    expect(openAtVenue()).toBe(2);
  });

  it('is gone within its pod’s 30 s though calls to a venue that hangs may take as long', async () => {
    const clock = new TimeLapse();
    await startPatient(clock);
    await rig.place();
    rig.venue.control.addFault({ route: 'openOrders', kind: 'hang' });
    rig.cluster.put(killed(rig.cluster.object ?? anExecutor()));
    await rig.until(({ gatedAt }) => gatedAt !== null);
    expect(rig.cluster.leases.holder('key')).not.toBe('');
    expect(await stopping(clock)).toBeLessThan(30_000);
    expect(openAtVenue()).toBe(0);
    expect(rig.cluster.leases.holder('key')).toBe('');
  }, 20_000);

  it('hands nothing over while an order is on the wire, and knows it for unknown', async () => {
    const clock = new TimeLapse();
    await startPatient(clock);
    rig.venue.control.addFault({ route: 'order.submit', kind: 'hang', accept: true });
    void rig.place({}, 'hung').catch(() => undefined);
    await rig.venue.control.wait({ orders: 1 });
    expect(await stopping(clock)).toBeLessThan(30_000);
    expect(rig.cluster.leases.holder('key')).not.toBe('');
    const { venue: simulator, cluster, folder: data } = rig;
    rig = await startExecutor({ simulator, cluster, data });
    const [found] = (await rig.call('GET', '/orders')).body.orders;
    expect(found).toMatchObject({ placeOutcome: { outcome: 'unknown' } });
    expect((await rig.place({}, 'hung')).body.order.id).toBe(found.id);
    expect(simulator.ledger().orders).toHaveLength(1);
  }, 20_000);

  it('while nothing is killed, or its kill cancels nothing, leaves them and does not wait', async () => {
    const quiet = await startWith(2, anExecutor('live', { control: { cancelOnKill: false } }));
    rig.cluster.put(killed(quiet));
    await rig.until(({ gatedAt }) => gatedAt !== null);
    const askedAt = performance.now();
    await rig.stopExecutor();
    expect(performance.now() - askedAt).toBeLessThan(2_000);
    expect(openAtVenue()).toBe(2);
    await rig.stop();
    await startWith(2);
    await rig.stopExecutor();
    expect(openAtVenue()).toBe(2);
  });
});

describe('a kill at a venue that does not answer', () => {
  it('is waited for as long as the grace allows, no longer', async () => {
    const clock = new ManualClock();
    const kill = new Kill({
      clock,
      book: { list: () => [{ terms: { mode: 'live' } }], counts: () => ({ open: 1 }) },
      journey: { underway: 0 },
      cancel: { cancelOpen: () => [] },
      follow: { pass: () => Promise.reject(new VenueFailure('down')) },
      cancelOnKill: () => true,
      canAsk: () => true,
      log: executorLog({}, { write: () => undefined }),
    } as unknown as KillParts);
    kill.begin();
    let ended: number | undefined;
    const waited = kill.settled(25_000).then(() => {
      ended = clock.elapsed();
    });
    await clock.advance(30_000);
    await waited;
    kill.end();
    expect(ended).toBe(25_000);
  });
});
