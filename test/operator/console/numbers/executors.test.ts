import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TradingExecutor } from '../../../../crds/trading-executor.ts';
import { Metrics, type Readings } from '../../../../executor/metrics.ts';
import { ExecutorsNumbers } from '../../../../operator/console/numbers/executors.ts';
import { numbersMetrics } from '../../../../operator/console/numbers/metrics.ts';
import type { PodAddress } from '../../../../operator/console/numbers/pods.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { type FakeServer, fakeServer, type Replies } from '../../evidence/fake-servers.ts';
import { anExecutor, pendingSince } from '../../rollback/builders.ts';

/** Pods that export what a real executor does, at a loopback address with a path each. */
let server: FakeServer;
let replies: Replies;
let pods: Map<string, PodAddress[]>;
let numbers: ExecutorsNumbers;
let registry: Registry;
let clock: ManualClock;
let executor: TradingExecutor;
let answers: number;

const KEY = { namespace: 'desk', name: 'btc' };
const UNKNOWN = { p50: null, p95: null, p99: null };
const POD: PodAddress = { uid: 'u1', name: 'btc-executor-0', ip: '10.0.0.1' };

/** A pod that answers from now on, and what it counts. */
function aPod({ uid }: PodAddress = POD, more: Partial<Readings> = {}): Metrics {
  const now = { driftMs: 0, controlAgeMs: 900, killed: false, mode: 'live', unknown: 1 } as const;
  const key = { health: undefined, fingerprint: undefined, secret: undefined };
  const rest = { open: 0, shut: [], calendarEnd: undefined, watchMissed: 0, diskFree: 1 };
  const lease = { leaseLeftMs: 0 };
  const metrics = new Metrics(() => ({ ...now, ...rest, ...lease, ...key, ...more }));
  tell(uid, metrics);
  return metrics;
}

const texts = new Map<string, string>();
function tell(uid: string, metrics: Metrics): void {
  void metrics.registry.metrics().then((text) => texts.set(uid, text));
  replies[`GET /${uid}/metrics`] = () => {
    answers += 1;
    return { text: texts.get(uid) ?? '' };
  };
}

/** Counts orders, and lets the pod say so from now on. */
async function placed(metrics: Metrics, orders: Readonly<Record<number, number>>, uid = POD.uid) {
  for (const [seconds, count] of Object.entries(orders)) {
    for (let i = 0; i < count; i++) {
      const isAcked = Number.isFinite(+seconds);
      metrics.acknowledged(isAcked ? 'acked' : 'unknown', 'live', +seconds);
      metrics.placed(isAcked ? 'acked' : 'unknown', isAcked ? 'none' : 'timeout', 'live');
    }
  }
  texts.set(uid, await metrics.registry.metrics());
}

/** One more round, seen to its end. */
async function round(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    const before = rounds;
    await clock.advance(15_000);
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(before));
  }
}
let rounds: number;

beforeEach(async () => {
  [answers, rounds, replies] = [0, 0, {}];
  texts.clear();
  pods = new Map([['desk/btc', [POD]]]);
  server = await fakeServer(replies);
  clock = new ManualClock();
  registry = new Registry();
  executor = anExecutor();
  const counted = numbersMetrics(registry, 'executors');
  numbers = new ExecutorsNumbers({
    world: { executor: () => executor },
    slo: { latencyMs: 1_000, latencyShare: 0.05, errorRate: 0.005 },
    clock,
    log: pino({ level: 'silent' }),
    asked(result) {
      counted(result);
      setImmediate(() => rounds++);
    },
    origin: ({ uid }) => `${server.origin}/${uid}`,
    pods: {
      start: () => undefined,
      stop: async () => undefined,
      byExecutor: async () => pods,
    },
  });
});

afterEach(async () => {
  await numbers.stop();
  await server.close();
});

describe('numbers from executors', () => {
  it('are of what happened since they were first looked at', async () => {
    const metrics = aPod();
    await placed(metrics, { 9: 1_000 });
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    expect(numbers.of(KEY).latencyMs).toEqual(UNKNOWN);
    await placed(metrics, { 0.2: 100 });
    await round();
    expect(numbers.of(KEY)).toEqual({
      latencyMs: { p50: 175, p95: 242.5, p99: 248.5 },
      budgetLeft: null,
      alerts: [],
      unknownOrders: 1,
      controlAgeMs: { 'btc-executor-0': 900 },
      refusals: {},
    });
    await round(21);
    expect(numbers.of(KEY).latencyMs).toEqual(UNKNOWN); // five minutes without an order
  });

  it('end with the round in which the executor does not answer', async () => {
    const metrics = aPod();
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    metrics.denied('CLOCK_DRIFT');
    await placed(metrics, { 0.2: 100 });
    await round();
    expect(numbers.of(KEY)).toMatchObject({
      latencyMs: { p50: 175 },
      refusals: { CLOCK_DRIFT: 1 },
    });
    const heard: object[] = [];
    numbers.onChange((key) => heard.push(key));
    replies['GET /u1/metrics'] = { status: 503, text: '' };
    await round();
    expect(numbers.of(KEY)).toMatchObject({
      ...{ latencyMs: UNKNOWN, unknownOrders: null, refusals: {} },
      controlAgeMs: { 'btc-executor-0': null },
    });
    expect(heard).toEqual([KEY]);
  });

  it.each([
    ['is no metrics', () => ({ text: 'spark_unknown_orders many' })],
    ['is too long', () => ({ text: '#'.repeat(3 * 1024 * 1024) })],
  ])('are none when the answer %s', async (_, reply) => {
    replies['GET /u1/metrics'] = reply;
    numbers.start();
    await vi.waitFor(async () => expect(await registry.metrics()).toContain('"failed"} 1'));
    expect(numbers.of(KEY).unknownOrders).toBeNull();
    await expect(registry.metrics()).resolves.toContain('"answered"} 0');
  });

  it('are of all its pods, a new one and one that is gone too', async () => {
    const next: PodAddress = { uid: 'u2', name: 'btc-executor-0', ip: '10.0.0.2' };
    const old = aPod();
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    await placed(old, { 0.2: 50 });
    await round();
    pods.set('desk/btc', [next]);
    const young = aPod(next, { unknown: 4 });
    await placed(young, { 9: 5 }, 'u2');
    await round();
    await placed(young, { 2: 50 }, 'u2');
    await round();
    expect(numbers.of(KEY)).toMatchObject({ latencyMs: { p50: 250 }, unknownOrders: 4 });
    pods.clear();
    await clock.advance(15_000);
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBeNull());
  });

  it('show the clocks that run, since there is nobody who says what fires', () => {
    const pending = [pendingSince('02:55:00'), pendingSince('02:50:00', { fingerprint: 'f2' })];
    executor = {
      ...executor,
      status: { rollback: { uid: 'uid-1', latched: false, pending } },
    } as TradingExecutor;
    const since = '2026-11-23T02:50:00.000Z';
    const alert = { name: 'PlaceAckLatencyRollback', severity: 'critical', since, summary: null };
    expect(numbers.of(KEY).alerts).toEqual([alert]);
    executor = { ...executor, metadata: { ...executor.metadata, uid: 'restored' } };
    expect(numbers.of(KEY).alerts).toEqual([]);
  });

  it('are read only while somebody looks, and what was known is not shown to the next', async () => {
    aPod();
    await clock.advance(60_000);
    expect(answers).toBe(0);
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    await numbers.stop();
    expect(numbers.of(KEY).unknownOrders).toBeNull();
    const before = answers;
    await clock.advance(600_000);
    expect(answers).toBe(before);
    const heard: object[] = [];
    numbers.onChange((key) => heard.push(key));
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    expect(heard).toEqual([KEY]);
  });
});

describe('the history of samples', () => {
  it('has the hour that was looked at, and nothing where nobody looked', async () => {
    const metrics = aPod();
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    await placed(metrics, { 0.2: 90, Infinity: 10 });
    await round();
    await numbers.stop();
    await clock.advance(240_000);
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    const { atS, latencyMs, errorRate, source } = await numbers.history(KEY, 600_000);
    expect([source, atS.length]).toEqual(['executors', 41]);
    const at = (time: string) => atS.indexOf(Date.parse(`2026-11-23T${time}Z`) / 1_000);
    expect(latencyMs.p50[at('03:00:15')]).toBeCloseTo(183.3333, 3);
    expect(latencyMs.p99[at('03:00:15')]).toBe(10_000);
    expect(errorRate[at('03:00:15')]).toBeCloseTo(0.1, 9);
    expect(latencyMs.p50[at('03:00:00')]).toBeNull();
    expect(latencyMs.p50[at('03:02:00')]).toBeNull(); // 15 s before there was a value, and then no look
  });

  it('begins anew when the clock is set back', async () => {
    const metrics = aPod();
    numbers.start();
    await vi.waitFor(() => expect(numbers.of(KEY).unknownOrders).toBe(1));
    await placed(metrics, { 0.2: 100 });
    await round();
    const wall = clock.wall.bind(clock);
    clock.wall = () => (wall() - 3_600_000) as ReturnType<typeof wall>;
    await round();
    expect(numbers.of(KEY)).toMatchObject({ latencyMs: UNKNOWN, unknownOrders: 1 });
    await placed(metrics, { 2: 100 });
    await round();
    expect(numbers.of(KEY).latencyMs.p50).toBeCloseTo(1_750, 6);
  });
});
