import { EVENTS_MIN } from '../../../alerts/rules/budget.ts';
import type { History } from '../wire/history.ts';
import { burnWindows } from './burn.ts';
import { type Grid, SAMPLE_EVERY_MS } from './grid.ts';
import { NO_QUANTILES, quantilesMs, shareOver } from './quantile.ts';
import { type Counted, counted, type Sample } from './rates.ts';

/** Of the alerts and the badge. */
const RATE_MS = 300_000;
export const HOUR_MS = 3_600_000;
/** An hour of five-minute windows: 260 samples, 85 kB of a pod that trades all the time; 42 MB for 500. */
const KEPT_MS = HOUR_MS + RATE_MS;
/** A window whose newest sample is older than this speaks of the past. */
const FRESH_MS = 2 * SAMPLE_EVERY_MS;
/** Of a window as long as the budget's, this much must have been looked at. */
const SEEN_MIN = 0.8;

/** What the pods of executors said in the last hour, by `namespace/name` and the pod's uid. */
export class Samples {
  readonly #all = new Map<string, Map<string, Sample[]>>();

  add(executor: string, pod: string, sample: Sample): void {
    const pods = this.#all.get(executor) ?? new Map<string, Sample[]>();
    const samples = pods.get(pod) ?? [];
    const last = samples.at(-1);
    if ((last?.at ?? 0) >= sample.at) samples.length = 0; // the clock was set back
    while ((samples[0]?.at ?? sample.at) <= sample.at - KEPT_MS) samples.shift();
    samples.push(last === undefined ? sample : sharing(last, sample));
    this.#all.set(executor, pods.set(pod, samples));
  }

  /** Each pod's in ascending order. */
  of(executor: string): readonly (readonly Sample[])[] {
    return [...(this.#all.get(executor)?.values() ?? [])];
  }

  /** Takes away who has not answered for an hour. */
  trim(now: number): void {
    for (const [executor, pods] of this.#all) {
      for (const [pod, samples] of pods) {
        if ((samples.at(-1)?.at ?? 0) <= now - KEPT_MS) pods.delete(pod);
      }
      if (pods.size === 0) this.#all.delete(executor);
    }
  }
}

/** What has not changed since the last sample is kept once. */
function sharing(last: Sample, sample: Sample): Sample {
  const same = <T>(before: T, now: T): T =>
    JSON.stringify(before) === JSON.stringify(now) ? before : now;
  return {
    ...sample,
    bounds: same(last.bounds, sample.bounds),
    buckets: same(last.buckets, sample.buckets),
    refused: same(last.refused, sample.refused),
  };
}

type Pods = readonly (readonly Sample[])[];

/** The five minutes before a moment, unless nobody looked for so long. */
function rateAt(pods: Pods, at: number): Counted | undefined {
  const window = counted(pods, at, RATE_MS);
  return window === undefined || window.newestAt < at - FRESH_MS ? undefined : window;
}

export const latencyNow = (pods: Pods, now: number) => {
  const window = rateAt(pods, now);
  return window === undefined ? NO_QUANTILES : quantilesMs(window.buckets);
};

export const refusalsNow = (pods: Pods, now: number): Readonly<Record<string, number>> =>
  counted(pods, now, HOUR_MS)?.refused ?? {};

/** What an hour of samples can say; of the burn windows only 1 h and 5 m fit into it. */
export function sampledHistory(
  pods: Pods,
  { at }: Grid,
  { now, slo }: { readonly now: number; readonly slo: History['slo'] },
): History {
  const windows = at.map((moment) => rateAt(pods, moment));
  const latency = windows.map((one) =>
    one === undefined ? NO_QUANTILES : quantilesMs(one.buckets),
  );
  return {
    at: new Date(now).toISOString(),
    source: 'executors',
    atS: at.map((ms) => ms / 1_000),
    latencyMs: {
      p50: latency.map(({ p50 }) => p50),
      p95: latency.map(({ p95 }) => p95),
      p99: latency.map(({ p99 }) => p99),
    },
    errorRate: windows.map((one) =>
      one === undefined || one.orders === 0 ? null : one.errors / one.orders,
    ),
    slo,
    burn: burnWindows((seconds) => slowShare(pods, { now, seconds, slo }), slo.latencyShare),
  };
}

/** As the rules record it: absent with fewer than 50 orders; and unless most of the window was seen. */
function slowShare(
  pods: Pods,
  { now, seconds, slo }: { now: number; seconds: number; slo: History['slo'] },
): number | null {
  const windowMs = seconds * 1_000;
  const window = counted(pods, now, windowMs);
  if (window === undefined || window.spanMs < SEEN_MIN * windowMs) return null;
  const orders = window.buckets.find(({ le }) => le === Number.POSITIVE_INFINITY)?.count ?? 0;
  return orders < EVENTS_MIN ? null : shareOver(slo.latencyMs / 1_000, window.buckets);
}
