import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ruleFiles } from '../../../../alerts/rules/groups.ts';
import { latencyRollback } from '../../../../alerts/rules/place-ack-latency.ts';
import { cardSlo, figures } from '../../../../alerts/rules/slo.ts';
import { type Clock, systemClock } from '../../../../crds/clock.ts';
import type { TradingExecutor } from '../../../../crds/trading-executor.ts';
import { Metrics } from '../../../../executor/metrics.ts';
import { vector } from '../../../../operator/console/numbers/answers.ts';
import { ExecutorsNumbers } from '../../../../operator/console/numbers/executors.ts';
import { PrometheusNumbers } from '../../../../operator/console/numbers/prometheus.ts';
import { findPrometheus, type Prometheus, startPrometheus } from '../../../toolchain/prometheus.ts';
import { anExecutor } from '../../rollback/builders.ts';

const program = findPrometheus();
const slo = { latencyMs: 1_000, latencyShare: 0.05, errorRate: 0.005 };
const [figure, log] = [
  figures({ ...cardSlo, evaluationInterval: '1s' }),
  pino({ level: 'silent' }),
];

/** Counts of orders by how long they took, in seconds. Infinity: never answered. */
type Orders = Readonly<Record<number, number>>;
interface Story {
  /** Before anybody looks. */
  readonly before?: Orders;
  readonly watched: Orders;
  /** Of a process that takes the place of the first. */
  readonly restarted?: Orders;
  /** P50, P95 and P99 of what happened while it was looked at, ms. */
  readonly is: readonly [number | null, number | null, number | null];
}

const stories = {
  fast: { watched: { 0.2: 100 }, is: [175, 242.5, 248.5] },
  warm: { before: { 0.2: 50_000, 9: 7_000 }, watched: { 0.2: 100 }, is: [175, 242.5, 248.5] },
  // 4 % over a second, and 6 %
  within: { watched: { 0.7: 96, 2: 4 }, is: [760.4167, 994.7917, 2_125] },
  over: { watched: { 0.7: 94, 2: 6 }, is: [765.9574, 1_250, 2_250] },
  hung: { watched: { 0.2: 10, Infinity: 10 }, is: [250, 10_000, 10_000] },
  restarts: { watched: { 0.2: 60 }, restarted: { 2: 40 }, is: [225, 2_312.5, 2_462.5] },
  quiet: { before: { 0.2: 40 }, watched: {}, is: [null, null, null] },
} satisfies Record<string, Story>;
const names = Object.keys(stories) as (keyof typeof stories)[];
/** Answers, and has no histogram. */
const ABSENT = 'absent';

const processes = new Map<string, Metrics>();
const counting = (name: string, orders: Orders = {}): void => {
  for (const [seconds, count] of Object.entries(orders)) {
    for (let i = 0; i < count; i++) {
      processes.get(name)?.acknowledged('acked', i % 2 === 0 ? 'live' : 'trickle', +seconds);
      processes.get(name)?.acknowledged('acked', 'paper', 9);
    }
  }
};
const started = (name: string): void => {
  const now = {
    driftMs: 0,
    controlAgeMs: 0,
    killed: false,
    mode: 'live',
    unknown: 3,
    open: 0,
  } as const;
  const rest = { shut: [], calendarEnd: undefined, watchMissed: 0, diskFree: 1, leaseLeftMs: 0 };
  processes.set(
    name,
    new Metrics(() => ({
      ...now,
      ...rest,
      health: undefined,
      fingerprint: undefined,
      secret: undefined,
    })),
  );
};

/** Waits pass fifteen times as fast, so that a round takes a second. */
const hasty: Clock = { ...systemClock, after: (ms, signal) => systemClock.after(ms / 15, signal) };
const executors = [...names, ABSENT].map((name): TradingExecutor => {
  const { metadata, ...rest } = anExecutor();
  return { ...rest, metadata: { ...metadata, name } };
});
const world = {
  executors: () => executors,
  executor: ({ name }: { name: string }) => executors.find((one) => one.metadata.name === name),
};
const keyOf = (name: string) => ({ namespace: 'desk', name });

describe.skipIf(program === undefined)(
  'numbers of the same orders, by Prometheus and by ourselves',
  () => {
    let server: Server;
    let folder: string;
    let prometheus: Prometheus;
    let asked: PrometheusNumbers;
    let read: ExecutorsNumbers;

    /** Both have seen so many orders of everybody. */
    async function seenByBoth(count: (name: keyof typeof stories) => number): Promise<void> {
      await vi.waitFor(
        async () => {
          const query = 'sum by (executor) (spark_place_ack_duration_seconds_count{mode!="paper"})';
          const seen = await vector(prometheus.url, query);
          const byName = new Map(seen.map(({ labels, value }) => [labels.executor, value]));
          for (const name of names) expect(byName.get(name), name).toBe(count(name));
        },
        { timeout: 20_000, interval: 200 },
      );
      const wanted = looks + 2 * executors.length; // the round under way may have read before
      await vi.waitFor(() => expect(looks).toBeGreaterThan(wanted), { timeout: 20_000 });
    }
    let looks = 0;

    beforeAll(async () => {
      for (const name of names) {
        started(name);
        counting(name, (stories[name] as Story).before);
      }
      server = createServer(async (request, response) => {
        const name = request.url?.split('/')[1] ?? '';
        const text = await processes.get(name)?.registry.metrics();
        response.setHeader('content-type', 'text/plain; version=0.0.4');
        response.end(text ?? 'spark_unknown_orders 0\n');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
      const groups = ruleFiles['trading-executor'](figure);
      writeFileSync(join(folder, 'rules.yaml'), dump({ groups }, { noRefs: true }));
      prometheus = await startPrometheus(program ?? '', folder, {
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: ['rules.yaml'],
        scrape_configs: [...names, ABSENT].map((name) => ({
          job_name: name,
          metrics_path: `/${name}/metrics`,
          static_configs: [{ targets: [target], labels: { namespace: 'desk', executor: name } }],
        })),
      });
      const given = { world, slo, clock: hasty, log };
      asked = new PrometheusNumbers({ ...given, url: prometheus.url, asked: () => undefined });
      const addresses = [...names, ABSENT].map(
        (name) => [`desk/${name}`, [{ uid: name, name: `${name}-0`, ip: target }]] as const,
      );
      read = new ExecutorsNumbers({
        ...given,
        asked: () => void looks++,
        origin: ({ uid, ip }) => `http://${ip}/${uid}`,
        pods: {
          start: () => undefined,
          stop: async () => undefined,
          byExecutor: async () => new Map(addresses),
        },
      });
      asked.start();
      read.start();
      const total = (orders: Orders = {}) => Object.values(orders).reduce((a, b) => a + b, 0);
      const story = (name: keyof typeof stories): Story => stories[name];
      await seenByBoth((name) => total(story(name).before));
      for (const name of names) counting(name, story(name).watched);
      await seenByBoth((name) => total(story(name).before) + total(story(name).watched));
      started('restarts');
      counting('restarts', stories.restarts.restarted);
      await seenByBoth((name) =>
        name === 'restarts' ? 40 : total(story(name).before) + total(story(name).watched),
      );
      await vi.waitFor(
        () => expect(asked.of(keyOf('restarts')).latencyMs.p50).toBeCloseTo(225, 3),
        { timeout: 20_000 },
      );
    }, 90_000);

    afterAll(async () => {
      await Promise.all([asked?.stop(), read?.stop()]);
      await prometheus?.stop();
      server?.closeAllConnections();
      server?.close();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    it.each(names)('have the same quantiles, and the right ones: %s', async (name) => {
      const { is } = stories[name];
      for (const source of [asked, read]) {
        const { p50, p95, p99 } = source.of(keyOf(name)).latencyMs;
        const close = (one: number | null) => (one === null ? null : expect.closeTo(one, 3));
        expect([p50, p95, p99], source.source).toEqual(is.map(close));
      }
    });

    it.each(names)('fire the alert exactly when P95 is above its second: %s', async (name) => {
      const fired = await vector(prometheus.url, latencyRollback(figure).expr);
      const isFiring = fired.some(({ labels }) => labels.executor === name);
      for (const source of [asked, read]) {
        expect((source.of(keyOf(name)).latencyMs.p95 ?? 0) > 1_000, source.source).toBe(isFiring);
      }
      await vi.waitFor(() => {
        const told = asked.of(keyOf(name)).alerts.map((alert) => alert.name);
        expect(told.includes('PlaceAckLatencyRollback')).toBe(isFiring);
      }, 5_000);
    });

    it('know nothing of a histogram that is not there, and what is there', () => {
      const none = { p50: null, p95: null, p99: null };
      for (const source of [asked, read]) {
        expect(source.of(keyOf(ABSENT)).latencyMs).toEqual(none);
        expect(source.of(keyOf(ABSENT)).unknownOrders).toBe(0);
        expect(source.of(keyOf('fast')).unknownOrders).toBe(3);
        expect(source.of(keyOf('nobody'))).toMatchObject({ latencyMs: none, unknownOrders: null });
      }
    });

    it('draw the same history where both have looked', async () => {
      const newest = (all: readonly (number | null)[]) => all.filter((one) => one !== null).at(-1);
      await vi.waitFor(
        async () => {
          const histories = [asked, read].map((one) => one.history(keyOf('over'), 60_000));
          const [theirs, ours] = await Promise.all(histories);
          expect(theirs?.atS).toEqual(ours?.atS);
          expect(newest(theirs?.latencyMs.p95 ?? [])).toBeCloseTo(1_250, 3);
          expect(newest(ours?.latencyMs.p95 ?? [])).toBeCloseTo(1_250, 3);
        },
        { timeout: 20_000, interval: 500 }, // until the next even quarter of a minute
      );
    }, 25_000);
  },
);
