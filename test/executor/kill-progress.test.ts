import { afterEach, describe, expect, it } from 'vitest';
import { Kill, type KillParts } from '../../executor/kill.ts';
import { executorLog } from '../../executor/log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function startWith(
  count: number,
  spec: Parameters<typeof anExecutor>[1] = {},
): Promise<void> {
  rig = await startExecutor({
    object: anExecutor('live', spec),
    venue: { settings: { limiter: false } },
  });
  await Promise.all(Array.from({ length: count }, () => rig.place()));
  rig.venue.control.settings({ limiter: true });
}

function kill(): void {
  const { object } = rig.cluster;
  if (object !== undefined) rig.cluster.put(killed(object));
}

const openAtVenue = () => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;

describe('what /control says of a kill', () => {
  it('is how far it has come and what stands in the way, and nothing once it is lifted', async () => {
    await startWith(2);
    expect((await rig.control()).kill).toBeNull();
    const fault = rig.venue.control.addFault({ route: 'order.cancel', kind: 'unavailable' });
    kill();
    const stuck = await rig.until((report) => report.kill?.lastError != null);
    expect(stuck.kill).toEqual({
      ...{ requested: 2, cancelled: 0, remaining: 2 },
      lastError: expect.stringContaining('UNAVAILABLE'),
    });
    rig.venue.control.removeFaults(fault);
    const flat = await rig.until(({ flatAt }) => flatAt !== null, 15_000);
    expect(flat.kill).toMatchObject({ requested: 2, cancelled: 2, remaining: 0 });
  }, 25_000);

  it('is never flat while orders rest that it does not cancel', async () => {
    await startWith(1, { control: { cancelOnKill: false } });
    kill();
    await rig.venue.control.wait({ route: 'openOrders', requests: 4 });
    expect(await rig.control()).toMatchObject({
      flatAt: null,
      kill: { requested: 0, cancelled: 0, remaining: 1 },
    });
    expect(openAtVenue()).toBe(1);
  });
});

describe('flat', () => {
  it('rests on a list that was asked for after the last order was answered', async () => {
    await startWith(1);
    const slow = { route: 'order.submit', kind: 'delay', ms: 700, when: 'after' } as const;
    rig.venue.control.addFault(slow);
    const late = rig.place();
    await rig.venue.control.wait({ orders: 2 });
    kill();
    await late;
    const { flatAt } = await rig.until((report) => report.flatAt !== null);
    const [submit] = rig.venue.ledger({ route: 'order.submit' }).requests.slice(-1);
    const answeredAt = submit?.outcome.kind === 'answered' ? submit.outcome.at : Infinity;
    const reads = rig.venue.ledger({ route: 'openOrders' }).requests;
    const before = reads.filter(({ at }) => at <= Date.parse(flatAt ?? ''));
    expect(before.at(-1)?.at).toBeGreaterThanOrEqual(answeredAt);
    expect(openAtVenue()).toBe(0);
  });
});

describe('a reading that began while an order was in flight', () => {
  it('proves nothing, even if the order was answered before it ended', async () => {
    const clock = new ManualClock();
    const journey = { underway: 1 };
    const begunWith: number[] = [];
    const kill = new Kill({
      ...{ clock, journey },
      book: {
        list: () => [{ terms: { mode: 'live' } }],
        counts: () => ({ open: 0, unknown: 0, inFlight: 0, queued: 0 }),
      },
      cancel: { cancelOpen: () => [] },
      follow: {
        pass: async () => {
          begunWith.push(journey.underway);
          journey.underway = 0;
          return { strays: [], unidentified: 0 };
        },
      },
      ...{ cancelOnKill: () => true, canAsk: () => true },
      log: executorLog({}, { write: () => undefined }),
    } as unknown as KillParts);
    kill.begin();
    await clock.advance(150);
    expect(kill.flatAt).toBeNull();
    journey.underway = 0;
    await clock.advance(500);
    expect(kill.flatAt).not.toBeNull();
    expect(begunWith).toEqual([0]);
  });
});

describe('the cancels of a kill', () => {
  it('stay within the venue’s budget, and so do its readings', async () => {
    await startWith(25);
    kill();
    await rig.until(({ flatAt }) => flatAt !== null, 15_000);
    expect(rig.venue.ledger({ outcome: '429' }).requests).toEqual([]);
    expect(rig.venue.ledger({ route: 'order.cancel' }).requests).toHaveLength(25);
  }, 20_000);

  it('wait for each other at a slow venue: each is asked for once and none runs into its deadline', async () => {
    await startWith(5, { venue: { timeoutMs: 1_000 } });
    rig.venue.control.addFault({ route: 'order.cancel', kind: 'delay', ms: 500 });
    kill();
    await rig.until(({ flatAt }) => flatAt !== null, 15_000);
    expect(rig.venue.ledger({ route: 'order.cancel' }).requests).toHaveLength(5);
    expect(await rig.metric('spark_exchange_errors_total{code="TIMEOUT"}')).toBe(0);
  }, 20_000);
});
