/** Moments that a history has a value for. */
export interface Grid {
  readonly stepMs: number;
  /** Unix milliseconds, ascending. */
  readonly at: readonly number[];
}

/** As often as samples are taken; the alerts are evaluated as often. */
export const SAMPLE_EVERY_MS = 15_000;
const POINTS_MAX = 600;
/** What Prometheus is asked to keep for the budgets. */
export const RANGE_MAX_MS = 30 * 86_400_000;

/**
 * The last `rangeMs` before `now` in at most 600 even steps of whole samples. Steps are multiples of
 * their length since the epoch, so that a second look shows the same moments.
 */
export function grid(now: number, rangeMs: number): Grid {
  const range = Math.min(Math.max(rangeMs, SAMPLE_EVERY_MS), RANGE_MAX_MS);
  const stepMs = SAMPLE_EVERY_MS * Math.ceil(range / (POINTS_MAX - 1) / SAMPLE_EVERY_MS);
  const last = Math.floor(now / stepMs) * stepMs;
  const steps = Math.floor(range / stepMs);
  return { stepMs, at: Array.from({ length: steps + 1 }, (_, i) => last - (steps - i) * stepMs) };
}
