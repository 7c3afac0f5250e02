import { afterEach, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { Kill, type KillParts } from '../../executor/kill.ts';
import { executorLog } from '../../executor/log.ts';
import { VenueFailure } from '../../executor/venues/venue.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;

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

  it('does not wait for an API server that does not answer, and leaves its orders', async () => {
    await startWith(2);
    rig.cluster.getFault = 'hang';
    const askedAt = performance.now();
    await rig.stopExecutor();
    expect(performance.now() - askedAt).toBeLessThan(4_000);
    expect(openAtVenue()).toBe(2);
  });

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
