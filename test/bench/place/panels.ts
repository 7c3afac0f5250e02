import type { Panel } from '../svg.ts';
import type { PlaceResult } from './report.ts';

/** Added time run by run, and what callers see over the bare route pair by pair. */
export function panels({ pairs }: PlaceResult): readonly Panel[] {
  const numbered = (values: readonly number[]) => values.map((y, at) => ({ x: at + 1, y }));
  const perSegment = pairs.segments.filter(({ isOurs }) => isOurs);
  return [
    {
      title: 'Time added inside the executor, run by run',
      x: 'run',
      y: 'ms',
      series: [
        { name: 'p50', points: numbered(pairs.runs.map(({ p50 }) => p50)) },
        { name: 'p99', points: numbered(pairs.runs.map(({ p99 }) => p99)) },
      ],
    },
    {
      title: 'Executor minus bare route, as callers see it, pair by pair',
      x: 'pair',
      y: 'ms',
      series: [
        { name: 'p50', points: numbered(pairs.perPair.map(({ p50 }) => p50)) },
        { name: 'p99', points: numbered(pairs.perPair.map(({ p99 }) => p99)) },
      ],
    },
    {
      title: 'Our segments, in the order of the table',
      x: 'segment',
      y: 'ms',
      series: [
        { name: 'p50', as: 'dots', points: numbered(perSegment.map(({ ms }) => ms.p50)) },
        { name: 'p99', as: 'dots', points: numbered(perSegment.map(({ ms }) => ms.p99)) },
      ],
    },
  ];
}
