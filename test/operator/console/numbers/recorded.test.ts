import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ratio, WINDOWS, type Window } from '../../../../alerts/rules/budget.ts';
import { matrix, vector } from '../../../../operator/console/numbers/answers.ts';
import { grid } from '../../../../operator/console/numbers/grid.ts';
import { rangeOf } from '../../../../operator/console/numbers/queried-history.ts';
import { queries, windowSeconds } from '../../../../operator/console/numbers/queries.ts';
import { findPromtool } from '../../../alerts/promtool.ts';
import {
  backfill,
  findPrometheus,
  type Prometheus,
  startPrometheus,
} from '../../../toolchain/prometheus.ts';

const [program, promtool] = [findPrometheus(), await findPromtool()];
const query = queries({ latencyMs: 1_000, latencyShare: 0.05, errorRate: 0.005 });
const DAYS_30_S = 30 * 86_400;
const END_S = Math.floor(Date.now() / 60_000) * 60;

/** A series in OpenMetrics: what it is at each moment, so many seconds before the end. */
function series(name: string, agoS: readonly number[], value: (agoS: number) => number): string[] {
  return agoS.map((ago) => `${name} ${value(ago)} ${END_S - ago}`);
}
const every = (stepS: number, fromS: number): number[] =>
  Array.from({ length: Math.floor(fromS / stepS) + 1 }, (_, i) => fromS - i * stepS);

const named = (executor: string, more = ''): string =>
  `{namespace="desk",executor="${executor}"${more}}`;
const windows = Object.keys(WINDOWS) as Window[];
/** The share that is slow in each window of the recorded executor. */
const recorded = Object.fromEntries(windows.map((window, i) => [window, 0.1 * (i + 1)]));

/** One with recorded series for 30 days; one that only exports, with a slow last hour in four days. */
const lines = (): readonly string[] => {
  const month = every(300, DAYS_30_S - 300);
  const minutes = every(60, 4 * 86_400);
  const orders = (ago: number) => 4 * 86_400 - ago; // one a second
  const slow = (ago: number) => 0.4 * Math.max(0, 3_600 - ago);
  const live = (le: string) => named('exporting', `,mode="live",le="${le}"`);
  const bucket = 'spark_place_ack_duration_seconds_bucket';
  const count = (of: string) =>
    `spark_orders_total${named('exporting', `,mode="live",error_class="${of}"`)}`;
  return [
    ...series(`executor:place_ack:rate5m${named('recorded')}`, month, () => 1),
    ...series(`executor:place_ack_bad:rate5m${named('recorded')}`, month, (ago) =>
      ago < DAYS_30_S / 2 ? 0.04 : 0,
    ),
    ...series(`executor:place_ack:rate5m${named('rare')}`, [600, 300, 0], () => 0.001),
    ...series(`executor:place_ack_bad:rate5m${named('rare')}`, [600, 300, 0], () => 0.001),
    ...windows.flatMap((window) =>
      series(
        `${ratio('place_ack', window)}${named('recorded')}`,
        [60, 0],
        () => recorded[window] ?? 0,
      ),
    ),
    ...['1.0', '+Inf'].flatMap((le) =>
      series(`${bucket}${named('other', `,mode="live",le="${le}"`)}`, minutes, orders),
    ),
    ...series(
      `spark_place_ack_duration_seconds_count${named('other', ',mode="live"')}`,
      minutes,
      orders,
    ),
    ...series(`${bucket}${live('1.0')}`, minutes, (ago) => orders(ago) - slow(ago)),
    ...series(`${bucket}${live('2.5')}`, minutes, orders),
    ...series(`${bucket}${live('+Inf')}`, minutes, orders),
    ...series(
      `spark_place_ack_duration_seconds_count${named('exporting', ',mode="live"')}`,
      minutes,
      orders,
    ),
    ...series(count('none'), minutes, (ago) => 0.97 * orders(ago)),
    ...series(count('rejected'), minutes, (ago) => 0.02 * orders(ago)),
    ...series(count('timeout'), minutes, (ago) => 0.01 * orders(ago)),
    ...series(
      `spark_guard_denials_total${named('exporting', ',reason="CLOCK_DRIFT"')}`,
      minutes,
      (ago) => orders(ago) / 60,
    ),
    ...series(
      `spark_guard_denials_total${named('exporting', ',reason="KILL_SWITCH_ACTIVE"')}`,
      minutes,
      () => 7,
    ),
  ];
};

describe.skipIf(program === undefined || promtool === undefined)(
  'a month in a real Prometheus',
  () => {
    let folder: string;
    let prometheus: Prometheus;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
      backfill(promtool ?? '', folder, lines());
      prometheus = await startPrometheus(program ?? '', folder, {});
    }, 90_000);
    afterAll(async () => {
      await prometheus?.stop();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    /** By executor and one more label. */
    const asked = async (expr: string, label = '') =>
      Object.fromEntries(
        (await vector(prometheus.url, expr)).map(({ labels, value }) => [
          [labels.executor, ...(label === '' ? [] : [labels[label]])].join(' '),
          value,
        ]),
      );

    it('has a share of slow orders as recorded, and none of fewer than 50 orders', async () => {
      expect(await asked(query.month.recorded)).toEqual({ recorded: expect.closeTo(0.02, 3) });
      expect(await vector(prometheus.url, query.areRecorded)).toHaveLength(1);
    });

    it('has it without rules as well', async () => {
      const share = (0.4 * 3_600) / (4 * 86_400);
      expect(await asked(query.month.raw)).toEqual({
        exporting: expect.closeTo(share, 4),
        other: 0,
      });
    });

    it('tells each window of the burn rates as recorded', async () => {
      const found = await vector(
        prometheus.url,
        query.burns({ namespace: 'desk', name: 'recorded' }).recorded,
      );
      const told = found.map(({ labels, value }) => [windowSeconds(labels), value]);
      const wanted = windows.map((window) => [WINDOWS[window], recorded[window]]);
      expect(new Map(told as [])).toEqual(new Map(wanted as []));
    });

    it('tells each window without rules as well, of one executor', async () => {
      const found = await vector(
        prometheus.url,
        query.burns({ namespace: 'desk', name: 'exporting' }).raw,
      );
      const told = new Map(found.map(({ labels, value }) => [windowSeconds(labels), value]));
      for (const window of windows) {
        const seconds = WINDOWS[window];
        const share = (0.4 * Math.min(3_600, seconds)) / seconds;
        expect(told.get(seconds), window).toBeCloseTo(share, 1);
      }
      expect(found.every(({ labels }) => labels.executor === 'exporting')).toBe(true);
    });

    it('counts refusals of the last hour by reason, without those that did not happen', async () => {
      expect(await asked(query.refusals, 'reason')).toEqual({
        'exporting CLOCK_DRIFT': expect.closeTo(60, 0),
      });
    });

    it('draws quantiles and errors of four days in at most 600 points', async () => {
      const of = { namespace: 'desk', name: 'exporting' };
      const moments = grid(END_S * 1_000, 4 * 86_400_000);
      const range = rangeOf(moments);
      const latency = await matrix(prometheus.url, query.latency(of, '600s'), range);
      expect(latency.map(({ labels }) => labels.q).sort()).toEqual(['p50', 'p95', 'p99']);
      const p95 = latency.find(({ labels }) => labels.q === 'p95')?.values ?? [];
      expect(p95.length).toBeGreaterThan(500);
      expect(p95.at(1)?.[1]).toBeCloseTo(0.95, 6); // within a second: spread from 0
      expect(p95.at(-1)?.[1]).toBeCloseTo(1 + (1.5 * 0.35) / 0.4, 2);
      const [errors, ...others] = await matrix(prometheus.url, query.errors(of, '600s'), range);
      expect(others).toEqual([]);
      expect(errors?.values.at(-1)?.[1]).toBeCloseTo(0.01, 6);
    });
  },
);
