import type { History } from '../wire/history.ts';
import type { Line, Range, Value } from './answers.ts';
import { burnWindows } from './burn.ts';
import type { Grid } from './grid.ts';
import { windowSeconds } from './queries.ts';

/** The answers that a history is made of. */
export interface HistoryAnswers {
  /** With a label `q`, in seconds. */
  readonly latency: readonly Line[];
  readonly errors: readonly Line[];
  /** The share of slow orders by window. */
  readonly burns: readonly Value[];
}

export const rangeOf = ({ at, stepMs }: Grid): Range => ({
  startS: (at[0] ?? 0) / 1_000,
  endS: (at.at(-1) ?? 0) / 1_000,
  stepS: stepMs / 1_000,
});

/** Five minutes, or the whole step where that is longer: no order falls between two points. */
export const rateWindow = ({ stepMs }: Grid): string => `${Math.max(300, stepMs / 1_000)}s`;

export function queriedHistory(
  { latency, errors, burns }: HistoryAnswers,
  of: Grid,
  { now, slo }: { readonly now: number; readonly slo: History['slo'] },
): History {
  const shares = new Map(burns.map(({ labels, value }) => [windowSeconds(labels), value]));
  const ms = (q: string) =>
    onGrid(
      of,
      latency.find(({ labels }) => labels.q === q),
      1_000,
    );
  return {
    at: new Date(now).toISOString(),
    source: 'prometheus',
    atS: of.at.map((at) => at / 1_000),
    latencyMs: { p50: ms('p50'), p95: ms('p95'), p99: ms('p99') },
    errorRate: onGrid(of, errors[0], 1),
    slo,
    burn: burnWindows((seconds) => shares.get(seconds) ?? null, slo.latencyShare),
  };
}

/** One value each moment, multiplied; null where Prometheus has none. */
function onGrid({ at, stepMs }: Grid, line: Line | undefined, times: number): (number | null)[] {
  const values: (number | null)[] = at.map(() => null);
  const start = at[0] ?? 0;
  for (const [seconds, value] of line?.values ?? []) {
    const i = Math.round((seconds * 1_000 - start) / stepMs);
    if (i in values) values[i] = value === null ? null : value * times;
  }
  return values;
}
