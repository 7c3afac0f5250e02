import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';

/** How late the event loop was, in ms: what a timer of 1 ms took beyond that. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/** One look at a process from within. */
export interface Usage {
  /** Wall-clock ms. */
  readonly at: number;
  /** CPU time of all its threads, ms since it began. */
  readonly cpuMs: number;
  /** Time its main loop was busy, ms since it began. */
  readonly busyMs: number;
  /** Live and dead objects, without compiled code. */
  readonly heapBytes: number;
  /** Machine code and bytecode: grows while code is compiled, and is bounded by the program. */
  readonly codeBytes: number;
  readonly rssBytes: number;
  /** What keeps the loop alive: sockets, timers, threads. */
  readonly handles: number;
}

const RESOLUTION_MS = 1;
const NS = 1e6;

export function loopProbe(): { reset(): void; read(): LoopDelay } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The histogram holds whole intervals; what is asked is how much they were too long.
  const late = (ns: number) => Math.max(0, ns / NS - RESOLUTION_MS);
  return {
    reset: () => histogram.reset(),
    read: () => ({
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      max: late(histogram.max),
      count: histogram.count,
    }),
  };
}

export function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { heapUsed, rss } = process.memoryUsage();
  const codeBytes = getHeapSpaceStatistics()
    .filter(({ space_name: name }) => /code|trusted/.test(name))
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
  return {
    at: Date.now(),
    cpuMs: (user + system) / 1_000,
    busyMs: performance.eventLoopUtilization().active,
    heapBytes: heapUsed - codeBytes,
    codeBytes,
    rssBytes: rss,
    handles: process.getActiveResourcesInfo().length,
  };
}
