import { NO_ERROR } from '../../../alerts/rules/objectives.ts';
import { exposed, numberOf, type Series } from './exposition.ts';
import type { Sample } from './rates.ts';

/** What one answer of an executor's /metrics says. */
export interface Reading {
  readonly sample: Sample;
  /** null: it does not export the number, or says NaN. */
  readonly unknownOrders: number | null;
  readonly controlAgeMs: number | null;
}

const BUCKET = 'spark_place_ack_duration_seconds_bucket';
const ORDERS = 'spark_orders_total';
const DENIALS = 'spark_guard_denials_total';
const UNKNOWN = 'spark_unknown_orders';
const AGE = 'spark_control_age_seconds';
const WANTED: ReadonlySet<string> = new Set([BUCKET, ORDERS, DENIALS, UNKNOWN, AGE]);

const NO_ERRORS = new Set(NO_ERROR.split('|'));
/** More than the executor has of either; what goes beyond comes from somebody else. */
const BOUNDS_MAX = 64;
const REASONS_MAX = 128;

/** Throws when the text is not what an executor exports. `at`: Unix milliseconds. */
export function reading(text: string, at: number): Reading {
  const all = exposed(text, WANTED);
  const of = (name: string): readonly Series[] =>
    all.filter((one) => one.name === name && one.labels.mode !== 'paper');
  const buckets = summed(of(BUCKET), 'le');
  const bounds = [...buckets.keys()].map(boundOf).sort((a, b) => (a === b ? 0 : a - b));
  const refused = summed(of(DENIALS), 'reason');
  if (bounds.length > BOUNDS_MAX || refused.size > REASONS_MAX) {
    throw new Error(`${bounds.length} buckets and ${refused.size} reasons are not an executor's`);
  }
  const counts = new Map([...buckets].map(([le, count]) => [boundOf(le), count]));
  const errors = of(ORDERS).filter(({ labels }) => !NO_ERRORS.has(labels.error_class ?? ''));
  const age = gauge(of(AGE));
  return {
    sample: {
      ...{ at, bounds, buckets: bounds.map((le) => counts.get(le) ?? 0) },
      orders: total(of(ORDERS)),
      errors: total(errors),
      refused: Object.fromEntries([...refused].filter(([, count]) => count > 0)),
    },
    unknownOrders: gauge(of(UNKNOWN)),
    controlAgeMs: age === null ? null : age * 1_000,
  };
}

function summed(series: readonly Series[], label: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of series) {
    const name = labels[label] ?? '';
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}

function boundOf(le: string): number {
  const bound = numberOf(le);
  if (bound === undefined || Number.isNaN(bound)) throw new Error(`le="${le}" is not a bound`);
  return bound;
}

const total = (series: readonly Series[]): number =>
  series.reduce((sum, { value }) => sum + value, 0);

const gauge = ([first]: readonly Series[]): number | null =>
  first === undefined || !Number.isFinite(first.value) ? null : first.value;
