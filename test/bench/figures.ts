/** A sample in numbers; the unit is that of the values. */
export interface Figures {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that at least the share `p` (0…1) of the values does not exceed. NaN of nothing. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

export function figures(values: readonly number[]): Figures {
  const of = (p: number) => percentile(values, p);
  return { count: values.length, p50: of(0.5), p95: of(0.95), p99: of(0.99), max: of(1) };
}

/** The middle, and the half of the values around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Median with the quartiles below and above it. */
export function spread(values: readonly number[]): Spread {
  return {
    median: median(values),
    low: percentile(values, 0.25),
    high: percentile(values, 0.75),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

export type Side = 'ours' | 'bare';

/** Which side goes first, pair by pair: ABBAABBA…, so that a steady drift of the machine cancels out. */
export function alternating(pairs: number): readonly (readonly [Side, Side])[] {
  return Array.from({ length: pairs }, (_, pair) =>
    pair % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours'],
  );
}

/** What `ours` takes longer than `bare`, pair by pair. */
export function differences(
  pairs: readonly { readonly ours: readonly number[]; readonly bare: readonly number[] }[],
  p: number,
): readonly number[] {
  return pairs.map(({ ours, bare }) => percentile(ours, p) - percentile(bare, p));
}

/** How often each name occurs. */
export function tally(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
