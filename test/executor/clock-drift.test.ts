import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, type EpochMs, systemClock } from '../../crds/clock.ts';
import { driftReading, driftSample } from '../../executor/market/drift.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { killed } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

const WALL = 1_000_000;
const sample = (offset: number, roundTrip: number, at: number) =>
  driftSample({
    serverTime: WALL + at + offset - roundTrip / 2,
    sentWall: (WALL + at - roundTrip) as EpochMs,
    sentAt: at - roundTrip,
    at,
  });
const now = (elapsed: number, step = 0) => ({ elapsed, wall: (WALL + elapsed + step) as EpochMs });

describe('clock drift', () => {
  it('is what the newest quick answer says, so that a step of the venue is seen at once', () => {
    const reading = driftReading([sample(0, 10, 100), sample(3_000, 20, 5_000)], now(5_100));
    expect(reading).toEqual({ kind: 'measured', offsetMs: 3_000, roundTripMs: 20 });
  });

  it.each([-3_000, -1, 0, 1, 3_000])(
    'follows our own clock set by %i ms without a new answer',
    (step) => {
      const reading = driftReading([sample(7, 10, 100)], now(200, step));
      expect(reading).toEqual({ kind: 'measured', offsetMs: 7 - step, roundTripMs: 10 });
    },
  );

  it('is taken from the quickest of slow answers', () => {
    const slow = [sample(40, 900, 1_000), sample(400, 1_900, 6_000)];
    expect(driftReading(slow, now(6_000))).toMatchObject({ offsetMs: 40 });
  });

  it('is unmeasured without an answer, with one that is too slow or too old, or the same twice', () => {
    const cached = { ...sample(0, 10, 5_000), serverTime: sample(0, 10, 100).serverTime };
    for (const samples of [
      [],
      [sample(0, 4_001, 60_000)],
      [sample(0, 10, 0)],
      [sample(0, 10, 59_000), cached, { ...cached, at: 60_000 }],
    ]) {
      expect(driftReading(samples, now(60_001)).kind).toBe('unmeasured');
    }
  });
});

const SIGNED = /^(order\.|openOrders|allOrders|balances)/;

let rig: Rig;
afterEach(() => rig?.stop());

describe('an executor', () => {
  it('whose stamp the venue refused looks at its clock at once, and stops after that one order', async () => {
    rig = await startExecutor();
    const { control } = rig.venue;
    const looks = () => rig.venue.ledger({ route: 'server.time' }).requests.length;
    // Right after a look: the next would come in five seconds.
    await control.wait({ route: 'server.time', requests: looks() + 1 });
    expect((await rig.place()).status).toBe(201);
    control.clock({ skewMs: 6_000 });
    const before = looks();
    expect((await rig.place()).body.error.code).toBe('VENUE_REJECTED');
    await expect.poll(looks, { timeout: 2_000 }).toBeGreaterThan(before);
    await expect.poll(async () => (await rig.place()).body.error?.code).toBe('CLOCK_DRIFT');
  }, 15_000);

  it('sends nothing that is signed from a refused stamp on until it has seen the venue’s clock; cancels pass', async () => {
    rig = await startExecutor();
    const { control } = rig.venue;
    const { order } = (await rig.place()).body;
    const looks = () => rig.venue.ledger({ route: 'server.time' }).requests.length;
    control.addFault({ route: 'server.time', kind: 'unavailable' });
    await control.wait({ route: 'server.time', requests: looks() + 1 });
    control.clock({ skewMs: 6_000 });
    expect((await rig.call('GET', '/balances')).status).toBe(502);
    const asked = () => rig.venue.ledger().requests.filter(({ route }) => SIGNED.test(route));
    const before = asked().length;
    for (let n = 0; n < 3; n += 1) {
      const refused = await rig.place();
      expect([refused.status, refused.body.error.code]).toEqual([503, 'CLOCK_UNMEASURED']);
    }
    expect((await rig.call('GET', '/balances')).status).toBe(502);
    expect(asked()).toHaveLength(before);
    control.clock({ skewMs: 0 });
    expect((await rig.call('DELETE', `/orders/${order.id}`)).status).toBe(200);
    expect(asked().at(-1)?.route).toBe('order.cancel');
  }, 15_000);

  it('leaves the reads that queue when a stamp is refused, so that no number of them brings a ban', async () => {
    rig = await startExecutor();
    const { control } = rig.venue;
    control.addFault({ route: 'balances', kind: 'delay', ms: 500, times: 1 });
    const reads = Array.from({ length: 60 }, () => rig.call('GET', '/balances'));
    await control.wait({ route: 'balances', requests: 1 });
    control.clock({ skewMs: 6_000 });
    await Promise.all(reads);
    expect(control.banned()).toEqual([]);
    const refused = await rig.metric('spark_exchange_errors_total{code="INVALID_NONCE"}');
    expect(refused).toBeLessThanOrEqual(2);
  }, 15_000);

  it('asks for the time again at once when a look that a refused stamp brought fails', async () => {
    rig = await startExecutor();
    const { control } = rig.venue;
    const looks = () => rig.venue.ledger({ route: 'server.time' }).requests.length;
    await control.wait({ route: 'server.time', requests: looks() + 1 });
    await rig.call('GET', '/balances'); // that look has its answer
    control.addFault({ route: 'server.time', kind: 'unavailable', times: 1 });
    control.addFault({ route: 'balances', kind: 'invalid-nonce', times: 1 });
    expect((await rig.call('GET', '/balances')).status).toBe(502);
    await expect.poll(async () => (await rig.place()).status, { timeout: 3_000 }).toBe(201);
    expect(control.faults().every(({ state }) => state === 'spent')).toBe(true);
  }, 15_000);

  it('finds and cancels what a kill has to, though the venue’s server/time is wrong', async () => {
    rig = await startExecutor();
    const { control } = rig.venue;
    const deaf = control.addFault({ route: 'openOrders', kind: 'unavailable' });
    control.addFault({ route: 'order.submit', kind: 'reset', accept: true, times: 1 });
    expect((await rig.place()).status).toBe(202);
    control.addFault({ route: 'server.time', kind: 'skew', ms: 10_000 });
    await expect
      .poll(() => rig.metric('spark_clock_drift_seconds'), { timeout: 8_000 })
      .toBeGreaterThan(9);
    control.removeFaults(deaf);
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    rig.cluster.put(killed(object));
    await rig.until(({ flatAt }) => flatAt !== null, 15_000);
    expect(rig.venue.ledger().orders.map(({ isOpen }) => isOpen)).toEqual([false]);
  }, 30_000);

  it('trades again a second or so after the venue’s clock was set right', async () => {
    rig = await startExecutor();
    const { control } = rig.venue;
    control.clock({ skewMs: 3_000 });
    await expect
      .poll(async () => (await rig.place()).body.error?.code, { timeout: 8_000, interval: 100 })
      .toBe('CLOCK_DRIFT');
    const looks = () => rig.venue.ledger({ route: 'server.time' }).requests.length;
    control.clock({ skewMs: 0 });
    await control.wait({ route: 'server.time', requests: looks() + 1 });
    await expect.poll(async () => (await rig.place()).status, { timeout: 1_500 }).toBe(201);
  }, 15_000);

  it.each([
    ['set back', -3_000],
    ['set forward', 3_000],
  ])(
    'whose own clock is %s sends nothing from that moment on, and again once it is right',
    async (_, stepMs) => {
      let setBy = 0;
      const clock: Clock = { ...systemClock, wall: () => (systemClock.wall() + setBy) as EpochMs };
      rig = await startExecutor({ clock });
      expect((await rig.place()).status).toBe(201);
      setBy = stepMs;
      const refused = await rig.place();
      expect([refused.status, refused.body.error.code]).toEqual([503, 'CLOCK_DRIFT']);
      expect(Math.abs(refused.body.error.details.offsetMs + stepMs)).toBeLessThan(500);
      const shown = await rig.metric('spark_clock_drift_seconds');
      expect(Math.sign(shown ?? 0)).toBe(-Math.sign(stepMs));
      setBy = 0;
      expect((await rig.place()).status).toBe(201);
      expect(rig.venue.ledger().orders).toHaveLength(2);
      expect(await rig.metric('spark_exchange_errors_total{code="INVALID_NONCE"}')).toBe(0);
    },
  );

  it('that cannot learn the venue’s time sends nothing', async () => {
    const simulator = await startBtcturk();
    simulator.control.addFault({ route: 'server.time', kind: 'unavailable' });
    rig = await startExecutor({ simulator, untilOpen: false });
    await rig.until(({ gate }) => gate === 'open');
    await expect.poll(() => rig.metric('spark_exchange_info_age_seconds')).not.toBeNaN();
    const refused = await rig.place();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'CLOCK_UNMEASURED']);
    expect(await rig.metric('spark_clock_drift_seconds')).toBeNaN();
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toEqual([]);
  });
});
