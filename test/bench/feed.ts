// Feed → DB at about 1,000 frames a second, and what it costs the main thread meanwhile.
// node test/bench/feed.ts [seconds]; the simulator runs in a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Registry } from 'prom-client';
import { systemClock } from '../../crds/clock.ts';
import { Feed } from '../../executor/feed/feed.ts';
import { FeedMetrics } from '../../executor/feed/feed-metrics.ts';
import { executorLog } from '../../executor/log.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';

const SYMBOLS = ['BTCTRY', 'BTCUSDT', 'USDTTRY', 'ETHTRY', 'ETHUSDT', 'LDOUSDT'];
/** A difference of 10 levels for each symbol every 24 ms, and its ticker, which repeats: 500 a second. */
const BATCH_MS = 24;
const LEVELS = 5;
/** Single trades, 5 every 10 ms: 500 a second. */
const TRADES = { everyMs: 10, each: 5 } as const;
const WARM_MS = 3_000;

/** The simulator; its own differences change all 200 levels, so smaller ones are said in their place. */
async function venue(): Promise<void> {
  const settings = { limiter: false, feedBatchMs: BATCH_MS };
  const { feedUrl, control } = await startBtcturk({ settings });
  const sequences = new Map<string, number>();
  control.feed.record((text) => {
    if (!text.startsWith('[431,')) return;
    const { PS, CS } = JSON.parse(text)[1];
    sequences.set(PS, CS);
  });
  let id = 9_007_199_254_740_993n;
  setInterval(() => {
    for (let n = 0; n < TRADES.each; n += 1) {
      const trade = `"D":"${Date.now()}","I":${id++},"A":"0.01","P":"4200000","S":0`;
      control.feed.say(`[422,{"type":422,"PS":"BTCTRY",${trade}}]`);
    }
  }, TRADES.everyMs);
  setInterval(() => {
    for (const [symbol, sequence] of sequences) {
      sequences.set(symbol, sequence + 1);
      control.feed.say(difference(symbol, sequence + 1));
    }
  }, BATCH_MS);
  process.send?.(feedUrl);
}

function difference(PS: string, CS: number): string {
  const side = (from: number) =>
    Array.from({ length: LEVELS }, (_, n) => ({ CP: 0, P: `${from + n * 10}`, A: `0.${CS + n}` }));
  return JSON.stringify([432, { CS, PS, AO: side(4_200_000), BO: side(4_100_000), type: 432 }]);
}

/** Keeps every latency instead of counting it in a bucket. */
class EveryLatency extends FeedMetrics {
  readonly seconds: number[] = [];

  override add(report: Parameters<FeedMetrics['add']>[0]): void {
    super.add(report);
    this.seconds.push(...report.latencies);
  }
}

async function bench(seconds: number): Promise<void> {
  const idle = monitorEventLoopDelay({ resolution: 1 });
  idle.enable();
  await systemClock.after(WARM_MS);
  idle.disable();
  const before = Math.round(process.memoryUsage.rss() / 1e6);
  const child = fork(import.meta.filename, ['venue']);
  const [url] = (await once(child, 'message')) as [string];
  const folder = mkdtempSync(join(tmpdir(), 'feed-bench-'));
  const path = join(folder, 'feed.sqlite');
  const registry = new Registry();
  const metrics = new EveryLatency(registry);
  const stopping = new AbortController();
  const feed = new Feed({
    ...{ clock: systemClock, random: Math.random, metrics, path, log: executorLog({}) },
    address: { kind: 'at', url },
    worker: new URL('../../executor/feed/feed-worker.ts', import.meta.url),
    symbols: () => SYMBOLS,
  });
  const running = feed.run(stopping.signal);
  await systemClock.after(WARM_MS);
  metrics.seconds.length = 0;
  const framesBefore = await frames(registry);
  const busy = monitorEventLoopDelay({ resolution: 1 });
  busy.enable();
  const startedAt = performance.now();
  await systemClock.after(seconds * 1_000);
  busy.disable();
  const took = (performance.now() - startedAt) / 1_000;
  const perSecond = ((await frames(registry)) - framesBefore) / took;
  console.log(`${feed.words()}`);
  console.log(`frames/s ${perSecond.toFixed(0)}, of which written ${metrics.seconds.length}`);
  console.log(`Feed→DB ms: ${percentiles(metrics.seconds.map((one) => one * 1_000))}`);
  console.log(`main loop delay ms, no feed yet: ${delays(idle)}`);
  console.log(`main loop delay ms, with feed:   ${delays(busy)}`);
  console.log(`rss MB: ${before}, with feed ${Math.round(process.memoryUsage.rss() / 1e6)}`);
  stopping.abort();
  await running;
  console.log(`file ${(statSync(path).size / 1e6).toFixed(0)} MB`);
  child.kill();
  rmSync(folder, { recursive: true });
}

async function frames(registry: Registry): Promise<number> {
  const metric = await registry.getSingleMetric('spark_feed_frames_total')?.get();
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
}

function percentiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${at(1)}`;
}

/** In ms beyond the timer's own period. */
function delays(seen: ReturnType<typeof monitorEventLoopDelay>): string {
  const at = (percent: number) => (seen.percentile(percent) / 1e6).toFixed(1);
  return `p50 ${at(50)}  p99 ${at(99)}  max ${(seen.max / 1e6).toFixed(1)}`;
}

if (process.argv[2] === 'venue') await venue();
else await bench(Number(process.argv[2] ?? 60));
