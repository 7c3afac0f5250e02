/** One value for each of `atS`; null where there is none. */
export interface History {
  readonly at: string;
  readonly source: 'prometheus' | 'executors';
  /** Unix seconds, ascending, evenly spaced. */
  readonly atS: readonly number[];
  readonly latencyMs: {
    readonly p50: readonly (number | null)[];
    readonly p95: readonly (number | null)[];
    readonly p99: readonly (number | null)[];
  };
  /** Share of orders in error. */
  readonly errorRate: readonly (number | null)[];
  readonly slo: {
    readonly latencyMs: number;
    /** Of orders that may be slower: 0.05 of a P95. */
    readonly latencyShare: number;
    readonly errorRate: number;
  };
  /** Of the latency SLO: how many times faster than allowed its budget is spent. */
  readonly burn: readonly BurnWindow[];
}

export interface BurnWindow {
  readonly longMs: number;
  readonly shortMs: number;
  /** 14.4, 6, 3 or 1: both windows above it fire. */
  readonly threshold: number;
  readonly long: number | null;
  readonly short: number | null;
  readonly firing: boolean;
}
