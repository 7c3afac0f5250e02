import type { Bucket } from './quantile.ts';

/** What one pod had counted since its start, at one moment. Numbers only. */
export interface Sample {
  /** Unix milliseconds. */
  readonly at: number;
  /** Upper bounds in seconds; shared by the samples of a pod. */
  readonly bounds: readonly number[];
  /** Cumulative, by `bounds`; paper excluded. */
  readonly buckets: readonly number[];
  /** Orders past the guards and those of them in error; paper excluded. */
  readonly orders: number;
  readonly errors: number;
  /** Refusals of our own guards by reason, without those that are 0. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What happened within a window, over all pods. */
export interface Counted {
  readonly buckets: readonly Bucket[];
  readonly orders: number;
  readonly errors: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Between the oldest sample in the window and the newest. */
  readonly spanMs: number;
  readonly newestAt: number;
}

/**
 * How far a counter rose, as `increase` counts before it extrapolates: a value below the one before it
 * is a restart, after which everything is new. Extrapolation is left out: shares and quantiles do not
 * need it, and a count of refusals is true without.
 */
export function increase(values: readonly number[]): number {
  let rose = 0;
  for (let i = 1; i < values.length; i++) {
    const [before = 0, now = 0] = [values[i - 1], values[i]];
    rose += now < before ? now : now - before;
  }
  return rose;
}

/**
 * The window that ends at `to`, of the samples of each pod in ascending order. Its beginning is
 * excluded, as Prometheus does. undefined unless a pod has two samples in it: one tells no increase.
 */
export function counted(
  pods: readonly (readonly Sample[])[],
  to: number,
  windowMs: number,
): Counted | undefined {
  const within = pods
    .map((samples) => samples.filter(({ at }) => at > to - windowMs && at <= to))
    .filter((samples) => samples.length >= 2);
  if (within.length === 0) return undefined;
  const ends = within.map((samples) => samples.at(-1)?.at ?? 0);
  const begins = within.map((samples) => samples[0]?.at ?? 0);
  const sum = (of: (one: Sample) => number): number =>
    within.reduce((all, samples) => all + increase(samples.map(of)), 0);
  return {
    buckets: bounds(within).map((le) => ({ le, count: sum((one) => countOf(one, le)) })),
    orders: sum(({ orders }) => orders),
    errors: sum(({ errors }) => errors),
    refused: refusals(within, sum),
    spanMs: Math.max(...ends) - Math.min(...begins),
    newestAt: Math.max(...ends),
  };
}

const countOf = ({ bounds, buckets }: Sample, le: number): number =>
  buckets[bounds.indexOf(le)] ?? 0;

/** Of every pod: another version may have others. */
const bounds = (pods: readonly (readonly Sample[])[]): readonly number[] => [
  ...new Set(pods.flatMap((samples) => samples.at(-1)?.bounds ?? [])),
];

function refusals(
  pods: readonly (readonly Sample[])[],
  sum: (of: (one: Sample) => number) => number,
): Readonly<Record<string, number>> {
  const reasons = pods.flatMap((samples) => samples.flatMap((one) => Object.keys(one.refused)));
  return Object.fromEntries(
    [...new Set(reasons)]
      .map((reason) => [reason, sum(({ refused }) => refused[reason] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}
