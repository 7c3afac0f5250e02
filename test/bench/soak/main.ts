import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Steps } from '../../setup/steps.ts';
import { until } from '../caller.ts';
import { numberOption, table, told, writeResult } from '../output.ts';
import { newFolder, Rig } from '../rig.ts';
import { type Slope, slope } from '../slope.ts';
import type { Panel } from '../svg.ts';
import { startVenue } from '../venue-process.ts';
import { type Growth, growth, readSnapshot } from './heap-snapshot.ts';
import { seedJournal } from './seed.ts';
import { type TrafficCounts, trade } from './traffic.ts';

const SAMPLE_MS = 5_000;
/** Of the run: code is compiled, pools and caches fill; left out of the slopes. */
const WARM_UP_SHARE = 0.2;
const MIB = 1024 * 1024;
const GROWTH_SHOWN = 10;

interface Sample {
  readonly minute: number;
  /** Objects after a full collection: what is held, not what waits to be swept up; no compiled code. */
  readonly heapMiB: number;
  readonly codeMiB: number;
  readonly rssMiB: number;
  readonly cpuPercent: number;
  readonly loopP99Ms: number;
  readonly handles: number;
}

const args = process.argv.slice(2);
const minutes = numberOption(args, 'minutes', 60);
/** MiB per hour. At 240 orders a minute 6 MiB are 437 bytes an order. */
const threshold = numberOption(args, 'threshold', 6);

const steps = new Steps();
const venue = await startVenue(1, {});
const [key] = venue.keys;
if (key === undefined) throw new Error('the simulator has no key');
const shots = newFolder();
const rig = await Rig.start({
  ...{ venue: venue.url, key, limits: { maxConcurrency: 4 } },
  seed: (data) => seedJournal(data, Date.now()),
});
await rig.caller.offer({ perSecond: 4, seconds: 5 });
const before = await snapshot('before');
const samples: Sample[] = [];
const traffic = await steps.step(`soak, ${minutes} min`, async (progress) => {
  const trading = trade(rig, minutes * 60);
  await sample(progress);
  return trading;
});
const grown = growth(before, await snapshot('after'), GROWTH_SHOWN);
rmSync(shots, { recursive: true, force: true });
await rig.stop();
await venue.stop();

const counted = samples.filter(({ minute }) => minute >= minutes * WARM_UP_SHARE);
const slopes = {
  heap: hourly(({ heapMiB }) => heapMiB),
  code: hourly(({ codeMiB }) => codeMiB),
  rss: hourly(({ rssMiB }) => rssMiB),
  cpu: hourly(({ cpuPercent }) => cpuPercent),
};
const grows = slopes.heap !== undefined && slopes.heap.low > threshold;
console.log(`\n${report(traffic, grown)}`);
const terms = { minutes, warmUpShare: WARM_UP_SHARE, thresholdMiBPerHour: threshold };
writeResult('soak', { ...terms, slopes, grows, traffic, growth: grown, samples }, panels());
process.exitCode = grows ? 1 : 0;

async function snapshot(name: string) {
  const path = join(shots, `${name}.heapsnapshot`);
  await rig.child.ask('usage-collected');
  await rig.child.ask('snapshot', path);
  return readSnapshot(path);
}

async function sample(progress: (note: string) => void): Promise<void> {
  const begun = performance.now();
  let last = await rig.child.ask('usage');
  await rig.child.ask('loop-reset');
  for (let at = SAMPLE_MS; at <= minutes * 60_000; at += SAMPLE_MS) {
    await until(begun + at);
    const loop = await rig.child.ask('loop');
    const used = await rig.child.ask('usage');
    const held = await rig.child.ask('usage-collected');
    await rig.child.ask('loop-reset'); // our own collection is no fault of the executor
    samples.push({
      minute: at / 60_000,
      heapMiB: held.heapBytes / MIB,
      codeMiB: held.codeBytes / MIB,
      rssMiB: used.rssBytes / MIB,
      cpuPercent: (100 * (used.cpuMs - last.cpuMs)) / (used.at - last.at),
      loopP99Ms: loop.p99,
      handles: used.handles,
    });
    last = held;
    progress(`heap ${(held.heapBytes / MIB).toFixed(1)} MiB`);
  }
}

function hourly(pick: (sample: Sample) => number): Slope | undefined {
  return slope(counted.map((one) => ({ x: one.minute / 60, y: pick(one) })));
}

function report({ statuses, disturbances }: TrafficCounts, grown: readonly Growth[]): string {
  const row = (name: string, found: Slope | undefined) =>
    found === undefined
      ? [name, '–', '–']
      : [name, found.slope.toFixed(2), `${found.low.toFixed(2)} … ${found.high.toFixed(2)}`];
  return [
    `Orders: ${told(statuses)}. Disturbances: ${told(disturbances)}.`,
    `${counted.length} samples, one per 5 s, after ${(100 * WARM_UP_SHARE).toFixed(0)} % warm-up. Heap: objects after a full collection, without compiled code.`,
    table(
      ['ordinary least squares', 'slope', '95 % confidence'],
      [
        row('heap, MiB per hour', slopes.heap),
        row('compiled code, MiB per hour', slopes.code),
        row('RSS, MiB per hour', slopes.rss),
        row('CPU, percentage points per hour', slopes.cpu),
      ],
    ),
    `  heap: ${verdict(slopes.heap)}; fails when the interval begins above ${threshold} MiB per hour`,
    'What grew most between the snapshots:',
    table(
      ['constructor', 'objects', 'KiB'],
      grown.map(({ constructorName, count, bytes }) => [
        constructorName.slice(0, 50),
        String(count),
        (bytes / 1024).toFixed(1),
      ]),
    ),
  ].join('\n');
}

function verdict(heap: Slope | undefined): string {
  if (heap === undefined) return 'too few samples to tell';
  if (grows) return 'GROWS';
  return heap.low > 0 ? 'grows, less than is held against it' : 'no growth shown';
}

function panels(): readonly Panel[] {
  const line = (pick: (sample: Sample) => number) =>
    samples.map((one) => ({ x: one.minute, y: pick(one) }));
  const panel = (title: string, y: string, pick: (sample: Sample) => number): Panel => ({
    ...{ title, x: 'minutes', y },
    series: [{ name: '', points: line(pick) }],
  });
  const { heap } = slopes;
  const fit =
    heap === undefined
      ? []
      : counted.map(({ minute }) => ({
          x: minute,
          y: heap.intercept + (heap.slope * minute) / 60,
        }));
  return [
    {
      ...{ title: 'Heap after a full collection', x: 'minutes', y: 'MiB' },
      series: [
        { name: 'heap', points: line(({ heapMiB }) => heapMiB) },
        { name: 'least squares', points: fit },
      ],
    },
    panel('Compiled code', 'MiB', ({ codeMiB }) => codeMiB),
    panel('Resident set', 'MiB', ({ rssMiB }) => rssMiB),
    panel('CPU, all threads', '% of one core', ({ cpuPercent }) => cpuPercent),
    panel('Event-loop delay, p99 of 5 s', 'ms', ({ loopP99Ms }) => loopP99Ms),
    panel('Handles', 'count', ({ handles }) => handles),
  ];
}
