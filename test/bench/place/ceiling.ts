import { readFileSync } from 'node:fs';
import type { Progress } from '../../setup/steps.ts';
import { until } from '../caller.ts';
import { figures, type Spread, spread, tally } from '../figures.ts';
import { lengths, segments } from './segments.ts';
import type { Target } from './targets.ts';

/** What `spec.limits` lets out in any 60 s: the longest run a guard allows. */
export const BURST = 300;
/** Callers at once; as many connections to the venue. */
export const WIDTH = 16;
const MINUTE_MS = 61_000;
/** A clock tick of /proc/PID/stat. */
const TICK_MS = 10;
/** Busy for this share of a burst means: it sets the pace. */
const BOUND_AT = 0.8;
const STARVED_BELOW = 0.6;

export interface Contender extends Target {
  readonly name: string;
}

/** Shares of the burst's time; CPU in cores. */
export interface Load {
  readonly mainLoop: number;
  readonly processCores: number;
  readonly venueCores: number;
  readonly callerCores: number;
}

export interface CeilingRow {
  readonly name: string;
  readonly perSecond: Spread;
  readonly load: Load;
  /** Commit of an order under this load, p50 ms; absent without a journal. */
  readonly commitMs: number | undefined;
  readonly boundBy: string;
  /** Of the counted bursts; these are not in the ceiling. */
  readonly refused: Readonly<Record<string, number>>;
}

interface Burst {
  readonly perSecond: number;
  readonly load: Load;
  readonly commits: readonly number[];
  readonly refused: readonly string[];
}

/**
 * Each contender in turn places BURST orders as fast as WIDTH callers get answers; then everybody
 * waits until the executor's window of a minute has moved on. The first round is not counted.
 */
export async function measureCeiling(
  contenders: readonly Contender[],
  { rounds, venuePid }: { readonly rounds: number; readonly venuePid: number },
  progress: Progress,
): Promise<readonly CeilingRow[]> {
  const bursts = contenders.map((): Burst[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [at, contender] of contenders.entries()) {
      const burst = await oneBurst(contender, venuePid);
      if (round > 0) bursts[at]?.push(burst);
    }
    progress(`burst ${round} of ${rounds}`);
    // From the end: the last order of a burst counts in the guard's window for another minute.
    if (round < rounds) await until(performance.now() + MINUTE_MS);
  }
  return contenders.map(({ name }, at) => row(name, bursts[at] ?? []));
}

async function oneBurst({ child, caller }: Target, venuePid: number): Promise<Burst> {
  await child.ask('marks');
  const [before, venueBefore, callerBefore] = [await child.ask('usage'), cpuMs(venuePid), own()];
  const begun = performance.now();
  const placed = await caller.burst(BURST, WIDTH);
  const tookMs = performance.now() - begun;
  const [after, venueAfter, callerAfter] = [await child.ask('usage'), cpuMs(venuePid), own()];
  const commit = segments.find(({ to }) => to === 'journalled');
  const refused = placed.filter(({ status }) => status !== 201);
  return {
    perSecond: (placed.length - refused.length) / (tookMs / 1_000),
    load: {
      mainLoop: (after.busyMs - before.busyMs) / tookMs,
      processCores: (after.cpuMs - before.cpuMs) / tookMs,
      venueCores: (venueAfter - venueBefore) / tookMs,
      callerCores: (callerAfter - callerBefore) / tookMs,
    },
    commits: commit === undefined ? [] : lengths(await child.ask('marks'), commit),
    refused: refused.map(({ status, code }) => `${status} ${code ?? ''}`.trim()),
  };
}

function row(name: string, bursts: readonly Burst[]): CeilingRow {
  const middle = (pick: (burst: Burst) => number) => spread(bursts.map(pick)).median;
  const load: Load = {
    mainLoop: middle((burst) => burst.load.mainLoop),
    processCores: middle((burst) => burst.load.processCores),
    venueCores: middle((burst) => burst.load.venueCores),
    callerCores: middle((burst) => burst.load.callerCores),
  };
  const commits = bursts.flatMap((burst) => burst.commits);
  return {
    name,
    perSecond: spread(bursts.map((burst) => burst.perSecond)),
    load,
    commitMs: commits.length === 0 ? undefined : figures(commits).p50,
    boundBy: boundBy(load),
    refused: tally(bursts.flatMap((burst) => burst.refused)),
  };
}

/**
 * Pure. Whoever computed nearly all the time sets the pace. A loop that was busy without computing
 * was kept from a core by other programs; if nobody was busy, something was waited for.
 */
export function boundBy({ mainLoop, venueCores, callerCores, processCores }: Load): string {
  const isStarved = mainLoop >= BOUND_AT && processCores < STARVED_BELOW * mainLoop;
  if (isStarved) return 'other programs on this machine, which took its core: measure again';
  const busy = [
    mainLoop >= BOUND_AT ? 'CPU of its main loop' : '',
    venueCores >= BOUND_AT ? 'CPU of the simulated venue' : '',
    callerCores >= BOUND_AT ? 'CPU of the load generator' : '',
  ].filter((one) => one !== '');
  if (busy.length > 0) return busy.join(' and ');
  const cores = processCores + venueCores + callerCores;
  return `waiting: nobody was busy all the time (${cores.toFixed(1)} cores in use)`;
}

const own = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** CPU time of another process, ms. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
