import type { Figures, Spread } from '../figures.ts';
import { ms, percent, table, told } from '../output.ts';
import { BURST, type CeilingRow, WIDTH } from './ceiling.ts';
import { DISK_BYTES } from './disk.ts';
import type { PairsResult, SegmentRow } from './pairs.ts';
import type { StallResult } from './stall.ts';

export interface PlaceResult {
  readonly journalOnDisk: boolean;
  readonly venueMs: number;
  /** One write and its fsync; an order waits for two. */
  readonly disk: Figures;
  readonly pairs: PairsResult;
  readonly ceiling: readonly CeilingRow[];
  readonly stall: StallResult;
}

const GOAL = { p50Ms: 1.5, p99Ms: 5, loopP99Ms: 10, gatedMs: 50 } as const;

/** What was measured, in words and tables. */
export function report(result: PlaceResult): string {
  const { journalOnDisk, venueMs, disk, pairs, ceiling, stall } = result;
  return [
    `Journal: SQLite, WAL, synchronous FULL, ${journalOnDisk ? 'on a disk' : 'IN MEMORY: nothing is durable here'}. The venue takes ${venueMs} ms more than it computes.`,
    ...added(pairs),
    '',
    `The disk alone, ${DISK_BYTES / 1_024} KiB and an fsync at the same pace (an order waits for two): p50 ${ms(disk.p50)}, p95 ${ms(disk.p95)}, p99 ${ms(disk.p99)} ms.`,
    floorText(pairs, disk),
    '',
    ...ceilings(ceiling),
    '',
    ...stalled(stall),
  ].join('\n');
}

/** What this machine asks of whoever answers over HTTPS, calls a venue and waits for the disk twice. */
export function floorMs({ bare }: Pick<PairsResult, 'bare'>, disk: Figures): number {
  const ours = bare.filter(({ isOurs }) => isOurs);
  return ours.reduce((sum, { ms: { p50 } }) => sum + p50, 2 * disk.p50);
}

function floorText(pairs: PairsResult, disk: Figures): string {
  const floor = floorMs(pairs, disk);
  const times = (pairs.added.p50 / floor).toFixed(2);
  const isWithin = floor <= GOAL.p50Ms ? 'within' : 'above';
  return `The floor here, the bare route's own p50 and two fsyncs: ${ms(floor)} ms, ${isWithin} the goal of ${GOAL.p50Ms} ms by itself. Added by us is ${times} × that.`;
}

function added(pairs: PairsResult): readonly string[] {
  const { pairs: count, perSecond, seconds, orders, notPlaced, addedPerRun, overBare } = pairs;
  const heading = ['ms', 'p50', 'p95', 'p99', 'max'];
  return [
    `${orders} orders in ${count} alternating pairs (ABBA), ${perSecond}/s for ${seconds} s a run; not placed: ${told(notPlaced)}.`,
    'In spec.limits as any user can set them: mode live, 300 a minute, which is why the sides take turns.',
    '',
    'Where an order spends its time, stamped inside the executor:',
    table(heading, pairs.segments.map(row)),
    table(heading, [
      ...pairs.asked.map(row),
      figuresRow('ADDED BY US (all but the venue)', pairs.added),
    ]),
    `  per run, median (quartiles): p50 ${spreadText(addedPerRun.p50)}, p99 ${spreadText(addedPerRun.p99)}`,
    `  goal p50 ≤ ${GOAL.p50Ms} ms: ${verdict(pairs.added.p50 <= GOAL.p50Ms)}; p99 ≤ ${GOAL.p99Ms} ms: ${verdict(pairs.added.p99 <= GOAL.p99Ms)}`,
    '',
    'The bare route (Fastify, same TLS, same connection to the venue; no token, guards, journal, log):',
    table(heading, pairs.bare.map(row)),
    '',
    'As callers see it, the venue included:',
    table(heading, [
      figuresRow('executor', pairs.caller.ours),
      figuresRow('bare route', pairs.caller.bare),
    ]),
    `  executor over bare, pair by pair, median (quartiles): p50 ${spreadText(overBare.p50)}, p99 ${spreadText(overBare.p99)}`,
  ];
}

function ceilings(rows: readonly CeilingRow[]): readonly string[] {
  return [
    `Ceiling: ${BURST} orders (what any minute lets out) by ${WIDTH} callers at once:`,
    table(
      [
        '',
        'orders/s',
        'quartiles',
        'main loop',
        'CPU',
        'venue',
        'callers',
        'commit p50',
        'refused',
      ],
      rows.map(({ name, perSecond, load, commitMs, refused }) => [
        name,
        perSecond.median.toFixed(0),
        `${perSecond.low.toFixed(0)}–${perSecond.high.toFixed(0)}`,
        percent(load.mainLoop),
        percent(load.processCores),
        percent(load.venueCores),
        percent(load.callerCores),
        commitMs === undefined ? '–' : `${ms(commitMs)} ms`,
        told(refused),
      ]),
    ),
    ...rows.map(({ name, boundBy }) => `  ${name}: bound by ${boundBy}`),
  ];
}

function stalled(stall: StallResult): readonly string[] {
  if (stall.kind === 'not-measured') return [`fsync stall: NOT MEASURED: ${stall.why}`];
  const { rounds, stalled: calls, stalledOnMain, loop, loopBefore, gated } = stall;
  return [
    `fsync stalled for 500 ms: ${calls} calls in ${rounds} rounds, ${stalledOnMain} of them on the main thread.`,
    table(
      ['ms', 'p50', 'p99', 'max'],
      [
        [
          'event-loop delay, disk as it is',
          ms(loopBefore.p50),
          ms(loopBefore.p99),
          ms(loopBefore.max),
        ],
        ['event-loop delay, stalled', ms(loop.p50), ms(loop.p99), ms(loop.max)],
        ['kill accepted → gated, stalled', ms(gated.p50), ms(gated.p99), ms(gated.max)],
      ],
    ),
    `  goal loop p99 < ${GOAL.loopP99Ms} ms: ${verdict(loop.p99 < GOAL.loopP99Ms)}; gated within ${GOAL.gatedMs} ms: ${verdict(gated.p99 <= GOAL.gatedMs)}`,
    `  orders that left after the gate was shut: ${stall.leftAfterGate} (must be 0); refused by it: ${stall.refusedAfterGate}`,
  ];
}

const row = ({ name, isOurs, ms: found }: SegmentRow): readonly string[] =>
  figuresRow(isOurs ? name : `(${name})`, found);

const figuresRow = (name: string, { p50, p95, p99, max }: Figures): readonly string[] => [
  name,
  ...[p50, p95, p99, max].map(ms),
];

const spreadText = ({ median, low, high }: Spread): string =>
  `${ms(median)} (${ms(low)}…${ms(high)})`;
const verdict = (holds: boolean): string => (holds ? 'met' : 'NOT MET');
