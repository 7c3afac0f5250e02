import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TradingExecutor } from '../../../../crds/trading-executor.ts';
import { numbersMetrics } from '../../../../operator/console/numbers/metrics.ts';
import { PrometheusNumbers } from '../../../../operator/console/numbers/prometheus.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import {
  type FakeServer,
  fakeServer,
  jsonReply,
  type Replies,
  type Reply,
} from '../../evidence/fake-servers.ts';
import { anExecutor, pendingSince } from '../../rollback/builders.ts';

/** A Prometheus that says what the test wants, also what a real one says only when it is broken. */
let server: FakeServer;
let replies: Replies;
let vectors: (query: string) => Reply;
let numbers: PrometheusNumbers;
let registry: Registry;
let clock: ManualClock;
let executor: TradingExecutor;
let asked: string[];

const KEY = { namespace: 'desk', name: 'btc' };
const own = { namespace: 'desk', executor: 'btc' };
const vector = (...result: readonly (readonly [labels: object, value: string])[]): Reply =>
  jsonReply({
    status: 'success',
    data: {
      resultType: 'vector',
      result: result.map(([metric, value]) => ({ metric, value: [1_764_000_000, value] })),
    },
  });
const firing = (more: object = {}) => ({
  labels: { ...own, alertname: 'FeedStale', severity: 'warning' },
  annotations: { summary: 'The feed is stale' },
  state: 'firing',
  activeAt: '2026-11-23T02:50:00.123456789Z',
  ...more,
});
const alerts = (...all: readonly object[]): Reply =>
  jsonReply({ status: 'success', data: { alerts: all } });

const well = (query: string): Reply => {
  if (query.includes('histogram_quantile')) {
    return vector(
      [{ ...own, q: 'p50' }, '0.12'],
      [{ ...own, q: 'p95' }, '0.5'],
      [{ ...own, q: 'p99' }, 'NaN'],
    );
  }
  if (query.includes('spark_unknown_orders')) return vector([own, '2'], [{ job: 'stray' }, '9']);
  if (query.includes('spark_control_age')) {
    return vector([{ ...own, pod: 'btc-executor-0' }, '1.5'], [{ ...own, instance: 'x:1' }, 'NaN']);
  }
  if (query.includes('spark_guard_denials')) return vector([{ ...own, reason: 'RATE' }, '4.02']);
  if (query.startsWith('count')) return vector([{}, '1']);
  return vector([own, '0.02']);
};

beforeEach(async () => {
  asked = [];
  vectors = well;
  replies = {
    'GET /api/v1/query': (_, query) => {
      asked.push(query.get('query') ?? '');
      return vectors(query.get('query') ?? '');
    },
    'GET /api/v1/alerts': alerts(firing()),
  };
  server = await fakeServer(replies);
  clock = new ManualClock();
  registry = new Registry();
  executor = anExecutor();
  numbers = new PrometheusNumbers({
    url: server.origin,
    slo: { latencyMs: 1_000, latencyShare: 0.05, errorRate: 0.005 },
    world: { executor: () => executor, executors: () => [executor] },
    clock,
    asked: numbersMetrics(registry, 'prometheus'),
    log: pino({ level: 'silent' }),
  });
});

afterEach(async () => {
  await numbers.stop();
  await server.close();
});

/** Until what is known is like this. */
const become = (known: object) =>
  vi.waitFor(() => expect(numbers.of(KEY)).toMatchObject(known), 3_000);

const WELL = {
  latencyMs: { p50: 120, p95: 500, p99: null },
  budgetLeft: expect.closeTo(0.6, 9),
  alerts: [
    {
      ...{ name: 'FeedStale', severity: 'warning', summary: 'The feed is stale' },
      since: '2026-11-23T02:50:00.123Z',
    },
  ],
  unknownOrders: 2,
  controlAgeMs: { 'btc-executor-0': 1_500, 'x:1': null },
  refusals: { RATE: 4 },
};
const NOTHING = {
  ...{ latencyMs: { p50: null, p95: null, p99: null }, budgetLeft: null, unknownOrders: null },
  ...{ controlAgeMs: {}, refusals: {} },
};

describe('numbers from Prometheus', () => {
  it('are told as they are known, and whose they are', async () => {
    const heard: object[] = [];
    const off = numbers.onChange(({ namespace, name }) => heard.push({ namespace, name }));
    numbers.start();
    await become(WELL);
    expect(numbers.of({ ...KEY, name: 'other' })).toEqual({ ...NOTHING, alerts: [] });
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.every((one) => JSON.stringify(one) === JSON.stringify(KEY))).toBe(true);
    off();
    const before = heard.length;
    vectors = () => vector();
    await clock.advance(15_000);
    await become({ unknownOrders: null });
    expect(heard).toHaveLength(before);
  });

  it('are not asked for before somebody looks, nor after', async () => {
    await clock.advance(60_000);
    expect(asked).toEqual([]);
    numbers.start();
    numbers.start();
    await become(WELL);
    expect(asked.filter((one) => one.includes('histogram_quantile'))).toHaveLength(1);
    await numbers.stop();
    expect(numbers.of(KEY)).toEqual({ ...NOTHING, alerts: [] });
    const before = asked.length;
    await clock.advance(600_000);
    expect(asked).toHaveLength(before);
    numbers.start();
    await become(WELL);
  });

  it('tell a second look of what has not changed since the first', async () => {
    numbers.start();
    await become(WELL);
    await numbers.stop();
    const heard: object[] = [];
    numbers.onChange((key) => heard.push(key));
    numbers.start();
    await become(WELL);
    expect(heard.length).toBeGreaterThan(0);
  });

  it.each([
    ['refuses', () => jsonReply({ status: 'error', error: 'too many samples' }, 422)],
    ['says something else', () => jsonReply({ status: 'success', data: { resultType: 'scalar' } })],
    [
      'says too much',
      (query: string) => ({ text: well(query).text + ' '.repeat(5 * 1024 * 1024) }),
    ],
    ['says no JSON', () => ({ text: '<html>' })],
  ])('are not known from the turn on in which it %s', async (_, reply) => {
    numbers.start();
    await become(WELL);
    vectors = reply;
    await clock.advance(15_000);
    await become({ latencyMs: NOTHING.latencyMs, unknownOrders: null, controlAgeMs: {} });
    await clock.advance(300_000);
    await become(NOTHING);
    vectors = well;
    await clock.advance(300_000);
    await become(WELL);
  });

  it('do not pretend that nothing fires when alerts are not told, and show the clocks that run', async () => {
    executor = {
      ...executor,
      status: { rollback: { uid: 'uid-1', latched: false, pending: [pendingSince('02:55:00')] } },
    } as TradingExecutor;
    const clocks = [{ name: 'PlaceAckLatencyRollback', severity: 'critical' }];
    expect(numbers.of(KEY).alerts).toMatchObject(clocks);
    replies['GET /api/v1/alerts'] = jsonReply({ status: 'error' }, 503);
    numbers.start();
    await become({ unknownOrders: 2 });
    const notKnown = {
      name: 'AlertsNotKnown',
      severity: 'warning',
      since: '2026-11-23T03:00:00.000Z',
    };
    await become({ alerts: [...clocks, notKnown] });
    await clock.advance(15_000);
    await become({ alerts: [...clocks, notKnown] });
    replies['GET /api/v1/alerts'] = alerts();
    await clock.advance(15_000);
    await become({ alerts: [] });
  });

  it('list what fires, critical first, once a name, and no alert that is pending or of nobody', async () => {
    const labels = (alertname: string, severity: string, more: object = own) => ({
      labels: { ...more, alertname, severity },
    });
    replies['GET /api/v1/alerts'] = alerts(
      firing(),
      firing(labels('UnknownOrders', 'critical')),
      firing({ ...labels('KillNotFlat', 'critical'), activeAt: '2026-11-23T02:40:00Z' }),
      firing({ ...labels('FeedStale', 'warning'), activeAt: '2026-11-23T02:30:00Z' }),
      firing({ ...labels('GateShut', 'critical'), state: 'pending' }),
      firing(labels('TradingWatchdog', 'none', {})),
      firing(labels('FeedStale', 'warning', { namespace: 'desk', executor: 'other' })),
    );
    numbers.start();
    await become({ unknownOrders: 2 });
    await vi.waitFor(() =>
      expect(numbers.of(KEY).alerts.map(({ name, since }) => [name, since.slice(11, 16)])).toEqual([
        ['KillNotFlat', '02:40'],
        ['UnknownOrders', '02:50'],
        ['FeedStale', '02:30'],
      ]),
    );
  });

  it('come from what executors export where there are no rules', async () => {
    vectors = (query) => (query.startsWith('count') ? vector() : well(query));
    numbers.start();
    await become(WELL);
    const month = asked.filter((one) => one.includes('[30d]'));
    expect(month).toHaveLength(1);
    expect(month[0]).not.toContain('executor:place_ack');
  });

  it('refuse a history that Prometheus does not tell', async () => {
    await expect(numbers.history(KEY, 3_600_000)).rejects.toThrow(/404/);
  });

  it('count what they cost', async () => {
    replies['GET /api/v1/alerts'] = jsonReply({ status: 'error' }, 503);
    numbers.start();
    await become({ ...WELL, alerts: [{ name: 'AlertsNotKnown' }] });
    const text = await registry.metrics();
    const name = 'trading_operator_console_number_requests_total{source="prometheus"';
    expect(text).toContain(`${name},result="answered"} 6`);
    expect(text).toContain(`${name},result="failed"} 1`);
  });
});
