import { type Figures, figures, type Spread, spread } from '../figures.ts';
import { ms, table } from '../output.ts';
import type { Panel } from '../svg.ts';
import type { Measured } from './measure.ts';
import { type Calls, sum, writesBesidesLeases } from './server-calls.ts';

/** What one number of executors costs. */
export interface Row {
  readonly objects: number;
  readonly convergedSeconds: Spread;
  readonly writesPerSecond: Spread;
  /** The API server's own, the better width of each round. */
  readonly ceilingPerSecond: Spread;
  /** Time of the operator over the time the API server needs for as many writes. */
  readonly overCeiling: Spread;
  readonly cpuSecondsPer1000: Spread;
  readonly rssMiB: Spread;
  readonly mibPer1000: Spread;
  readonly callsPerObject: Spread;
  readonly callsOfOneRound: Calls;
  readonly steadyWrites: readonly number[];
  readonly steadyCalls: Calls;
  readonly steadyCpuPercent: Spread;
  readonly change: Figures;
}

interface Source {
  readonly objects: number;
  readonly measured: readonly Measured[];
  /** Writes a second, `widths` of them a round. */
  readonly ceilings: readonly number[];
  readonly widths: number;
  readonly empty: Measured;
}

export function rowOf({ objects, measured, ceilings, widths, empty }: Source): Row {
  const best = measured.map((_, round) =>
    Math.max(...ceilings.slice(round * widths, (round + 1) * widths)),
  );
  const each = (of: (one: Measured, round: number) => number) => spread(measured.map(of));
  const writes = (one: Measured) => writesBesidesLeases(one.calls);
  const [first] = measured;
  return {
    objects,
    convergedSeconds: each((one) => one.convergedSeconds),
    writesPerSecond: each((one) => writes(one) / one.convergedSeconds),
    ceilingPerSecond: spread(best),
    overCeiling: each((one, round) => (one.convergedSeconds * (best[round] ?? 0)) / writes(one)),
    cpuSecondsPer1000: each((one) => (one.cpuSeconds * 1_000) / objects),
    rssMiB: each((one) => one.rssMiB),
    mibPer1000: each((one) => ((one.steady.rssMiB - empty.steady.rssMiB) * 1_000) / objects),
    callsPerObject: each((one) => sum(one.calls, () => true) / objects),
    callsOfOneRound: first?.calls ?? {},
    steadyWrites: measured.map(({ steady }) => steady.writes),
    steadyCalls: first?.steady.calls ?? {},
    steadyCpuPercent: each(({ steady }) => steady.cpuPercent),
    change: figures(measured.flatMap(({ changeMs }) => changeMs)),
  };
}

export function report(rows: readonly Row[], empty: Measured, command: string | undefined): string {
  const line = (name: string, of: (row: Row) => string) => [name, ...rows.map(of)];
  const ranged = (digits: number, of: (row: Row) => Spread) => (row: Row) => told(of(row), digits);
  const heading = ['median (quartiles)', ...rows.map(({ objects }) => `${objects} executors`)];
  return [
    `Operator: ${command ?? 'ours'}. API server and etcd on this machine, no controllers, no pods; etcd does not fsync. The caller is exempt from fairness, so`,
    `nothing but CPU holds either side back. With nothing to do: ${empty.steady.rssMiB.toFixed(0)} MiB, ${empty.cpuSeconds.toFixed(1)} CPU seconds to start.`,
    '',
    table(heading, [
      line(
        'start → all converged, s',
        ranged(1, (row) => row.convergedSeconds),
      ),
      line(
        'writes a second',
        ranged(0, (row) => row.writesPerSecond),
      ),
      line(
        'the API server alone',
        ranged(0, (row) => row.ceilingPerSecond),
      ),
      line(
        'time over the API server alone, ×',
        ranged(2, (row) => row.overCeiling),
      ),
      line(
        'CPU seconds per 1,000',
        ranged(1, (row) => row.cpuSecondsPer1000),
      ),
      line(
        'MiB resident, converged',
        ranged(0, (row) => row.rssMiB),
      ),
      line(
        'MiB per 1,000 more',
        ranged(0, (row) => row.mibPer1000),
      ),
      line(
        'calls per executor',
        ranged(1, (row) => row.callsPerObject),
      ),
      line('writes while nothing changes', ({ steadyWrites }) => steadyWrites.join(', ')),
      line(
        'CPU then, %',
        ranged(1, (row) => row.steadyCpuPercent),
      ),
      line('one change: p50, ms', ({ change }) => ms(change.p50)),
      line('one change: p99, ms', ({ change }) => ms(change.p99)),
    ]),
    '',
    ...rows.map((row) => `Calls of a round with ${row.objects}: ${calls(row.callsOfOneRound)}.`),
    ...rows.map((row) => `At rest with ${row.objects}: ${calls(row.steadyCalls)}.`),
  ].join('\n');
}

const told = ({ median, low, high }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${low.toFixed(digits)}…${high.toFixed(digits)})`;

const calls = (of: Calls): string =>
  Object.entries(of)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} × ${name}`)
    .join(', ') || 'none';

export const panels = (rows: readonly Row[]): readonly Panel[] => [
  {
    title: 'Start of the operator → all executors converged',
    x: 'executors',
    y: 'seconds',
    series: [
      { name: 'operator', points: points(rows, (row) => row.convergedSeconds.median) },
      {
        name: 'the API server alone, as many writes',
        points: points(rows, (row) => row.convergedSeconds.median / row.overCeiling.median),
      },
    ],
  },
  {
    title: 'One change while the rest sits',
    x: 'executors',
    y: 'ms from accepted to observed',
    series: [
      { name: 'p50', points: points(rows, ({ change }) => change.p50) },
      { name: 'p99', points: points(rows, ({ change }) => change.p99) },
    ],
  },
];

const points = (rows: readonly Row[], of: (row: Row) => number) =>
  rows.map((row) => ({ x: row.objects, y: of(row) }));
