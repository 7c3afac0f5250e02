import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, type EpochMs, systemClock } from '../../crds/clock.ts';
import { StampSource } from '../../executor/venues/btcturk/signature.ts';
import { anExecutor } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

const at = (ms: number) => ms as EpochMs;

describe('the stamps of a key', () => {
  it('never repeat and never go back, whatever the clock does within seconds', () => {
    const stamps = new StampSource();
    const given = [1_000, 1_000, 999, 1_500, 1_200].map((wall) => stamps.next(at(wall)));
    expect(given).toEqual([1_000, 1_001, 1_002, 1_500, 1_501]);
  });

  it('follow a clock that was set back by more than the venue’s window', () => {
    const stamps = new StampSource();
    stamps.next(at(3_600_000));
    expect(stamps.waitMs(at(1_000), 1_000)).toBe(0);
    expect(stamps.next(at(1_000))).toBe(1_000);
  });

  it('make wait who would be stamped more than a second ahead', () => {
    const stamps = new StampSource();
    for (let n = 0; n < 1_001; n += 1) {
      expect(stamps.waitMs(at(5_000), 1_000)).toBe(0);
      stamps.next(at(5_000));
    }
    expect(stamps.waitMs(at(5_000), 1_000)).toBe(1);
    expect(stamps.waitMs(at(5_000), 4_000)).toBe(0);
    expect(stamps.waitMs(at(5_001), 1_000)).toBe(0);
  });
});

let rig: Rig;
afterEach(() => rig?.stop());

describe('orders, cancels and reads at once', () => {
  it('carry a thousand different stamps, all within the venue’s window', async () => {
    const limits = {
      maxOrdersPerMinute: 300,
      maxNotionalTryPerSecond: 1_000_000,
      maxConcurrency: 8,
    };
    rig = await startExecutor({
      object: anExecutor('live', { limits }),
      // No limits of the venue here: only stamps are asked about.
      venue: { settings: { limiter: false } },
      tempo: { ordersPerSecond: 1_000 },
    });
    const orders = Array.from({ length: 200 }, () => rig.place());
    const reads = Array.from({ length: 790 }, () => rig.call('GET', '/balances'));
    const placed = await Promise.all(orders);
    expect(placed.filter(({ status }) => status !== 201)).toEqual([]);
    const first = placed.slice(0, 10).map(({ body }) => `/orders/${body.order.id}`);
    const cancels = await Promise.all(first.map((path) => rig.call('DELETE', path)));
    expect(cancels.filter(({ status }) => status !== 200)).toEqual([]);
    await Promise.all(reads);
    const requests = rig.venue.ledger().requests.filter(({ stamp }) => stamp !== undefined);
    expect(requests.length).toBeGreaterThanOrEqual(1_000);
    expect(new Set(requests.map(({ stamp }) => stamp)).size).toBe(requests.length);
    expect(await rig.metric('spark_exchange_errors_total{code="INVALID_NONCE"}')).toBe(0);
  }, 60_000);

  it('a call that waited for its connection is signed when it is written', async () => {
    const object = anExecutor('live', { clock: { maxDriftMs: 4_000 } });
    // A window so narrow that a stamp of a second ago is refused.
    rig = await startExecutor({ object, venue: { settings: { windowMs: 900 } } });
    rig.venue.control.addFault({ route: 'balances', kind: 'delay', ms: 500, times: 4 });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => rig.call('GET', '/balances')),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await rig.metric('spark_exchange_errors_total{code="INVALID_NONCE"}')).toBe(0);
  }, 15_000);

  it('go on within seconds of a clock that was set back', async () => {
    let setBy = 0;
    const clock: Clock = { ...systemClock, wall: () => (systemClock.wall() + setBy) as EpochMs };
    rig = await startExecutor({ clock });
    expect((await rig.place()).status).toBe(201);
    setBy = -1_500;
    const began = performance.now();
    const placed = await rig.place();
    expect(placed.status, JSON.stringify(placed.body)).toBe(201);
    // The stamp is at most a second ahead of our clock, so half a second had to pass.
    expect(performance.now() - began).toBeGreaterThan(400);
    const stamps = rig.venue
      .ledger({ route: 'order.submit' })
      .requests.map(({ stamp = 0 }) => stamp);
    expect(stamps[1]).toBeGreaterThan(stamps[0] ?? 0);
  });
});
