import type { Quantiles } from '../wire/overview.ts';
import type { Value } from './answers.ts';
import { NO_QUANTILES } from './quantile.ts';

/** By `namespace/name`. */
export type ByExecutor<T> = ReadonlyMap<string, T>;

/** One value an executor, of a vector that has one each. */
export const valueByExecutor = (values: readonly Value[]): ByExecutor<number | null> =>
  grouped(values, (_: number | null | undefined, { value }) => value);

/** Of values in seconds with a label `q`, in milliseconds. */
export const quantilesByExecutor = (values: readonly Value[]): ByExecutor<Quantiles> =>
  grouped(values, (sofar: Quantiles = NO_QUANTILES, { labels: { q = '' }, value }) => ({
    ...sofar,
    [q]: value === null ? null : value * 1_000,
  }));

/** In milliseconds, by the name of the pod or, where it has none, by its address. */
export const agesByExecutor = (
  values: readonly Value[],
): ByExecutor<Readonly<Record<string, number | null>>> =>
  grouped(
    values,
    (sofar: Readonly<Record<string, number | null>> | undefined, { labels, value }) => ({
      ...sofar,
      [labels.pod || labels.instance || '']: value === null ? null : value * 1_000,
    }),
  );

/** Whole refusals: `increase` extrapolates. */
export const refusalsByExecutor = (
  values: readonly Value[],
): ByExecutor<Readonly<Record<string, number>>> =>
  grouped(values, (sofar: Readonly<Record<string, number>> = {}, { labels, value }) => {
    const count = Math.round(value ?? 0);
    return count === 0 ? sofar : { ...sofar, [labels.reason ?? '']: count };
  });

/** Series without namespace or executor are nobody's. */
function grouped<T>(
  values: readonly Value[],
  add: (sofar: T | undefined, value: Value) => T,
): ByExecutor<T> {
  const all = new Map<string, T>();
  for (const one of values) {
    const { namespace, executor } = one.labels;
    if (!namespace || !executor) continue;
    const key = `${namespace}/${executor}`;
    all.set(key, add(all.get(key), one));
  }
  return all;
}

export const mapped = <T, U>(all: ByExecutor<T>, to: (one: T) => U): ByExecutor<U> =>
  new Map([...all].map(([key, one]) => [key, to(one)]));
