/** The numbers a desk may set. The chart's values have the same defaults; a test compares the two. */
export interface Slo {
  /** Must be a bucket boundary of spark_place_ack_duration_seconds, or the share cannot be read. */
  readonly latencySeconds: number;
  /** Shares of orders over `latencySeconds`, 0 to 1. */
  readonly latencyWarningShare: number;
  readonly latencyCriticalShare: number;
  readonly nonceErrorsPerSecond: number;
  readonly rateLimitedPerSecond: number;
  readonly executorDownFor: string;
  /** Must be a bucket boundary of spark_feed_db_duration_seconds. */
  readonly feedLatencySeconds: number;
  /** Share of frames over `feedLatencySeconds`, 0 to 1: of a P95, 0.05. */
  readonly feedSlowShare: number;
  readonly feedStaleSeconds: number;
  /**
   * The error budgets, 0 to 1: the share of orders that may be slow (of a P95: 0.05), of orders that
   * may fail, and of 30 days that an executor may be down. The feed's is `feedSlowShare`.
   */
  readonly latencySlowShare: number;
  readonly errorShare: number;
  readonly downShare: number;
  /** Share of an hour's orders that may end otherwise than acknowledged. */
  readonly notAckedShare: number;
  readonly clockDriftSeconds: number;
  readonly evaluationInterval: string;
  /** Runbooks are at this address, each under the name of its alert with `.md`. */
  readonly runbookBaseUrl: string;
}

/** The release card's numbers. */
export const cardSlo: Slo = {
  latencySeconds: 1,
  latencyWarningShare: 0.01,
  latencyCriticalShare: 0.05,
  nonceErrorsPerSecond: 0.01,
  rateLimitedPerSecond: 0.05,
  executorDownFor: '2m',
  feedLatencySeconds: 0.3,
  feedSlowShare: 0.05,
  feedStaleSeconds: 30,
  latencySlowShare: 0.05,
  errorShare: 0.005,
  downShare: 0.001,
  notAckedShare: 0.01,
  clockDriftSeconds: 1,
  evaluationInterval: '15s',
  runbookBaseUrl: 'alerts/runbooks',
};

/** The same numbers as they are written into a rule. */
export interface Figures {
  readonly latencySeconds: string;
  /** Regular expression for the label `le`, inside a PromQL string. */
  readonly latencyLe: string;
  readonly latencyWarningShare: string;
  readonly latencyWarningPercent: string;
  readonly latencyCriticalShare: string;
  readonly latencyCriticalPercent: string;
  readonly nonceErrorsPerSecond: string;
  readonly rateLimitedPerSecond: string;
  readonly executorDownFor: string;
  readonly feedLatencySeconds: string;
  /** As `latencyLe`. */
  readonly feedLatencyLe: string;
  readonly feedSlowShare: string;
  readonly feedSlowPercent: string;
  readonly feedStaleSeconds: string;
  readonly latencySlowShare: string;
  readonly latencySlowPercent: string;
  readonly errorShare: string;
  readonly errorPercent: string;
  readonly downShare: string;
  readonly downPercent: string;
  readonly notAckedShare: string;
  readonly notAckedPercent: string;
  readonly clockDriftSeconds: string;
  readonly evaluationInterval: string;
  readonly runbookBaseUrl: string;
}

export function figures(slo: Slo): Figures {
  return {
    latencySeconds: String(slo.latencySeconds),
    latencyLe: boundary(slo.latencySeconds),
    latencyWarningShare: String(slo.latencyWarningShare),
    latencyWarningPercent: percent(slo.latencyWarningShare),
    latencyCriticalShare: String(slo.latencyCriticalShare),
    latencyCriticalPercent: percent(slo.latencyCriticalShare),
    nonceErrorsPerSecond: String(slo.nonceErrorsPerSecond),
    rateLimitedPerSecond: String(slo.rateLimitedPerSecond),
    executorDownFor: slo.executorDownFor,
    feedLatencySeconds: String(slo.feedLatencySeconds),
    feedLatencyLe: boundary(slo.feedLatencySeconds),
    feedSlowShare: String(slo.feedSlowShare),
    feedSlowPercent: percent(slo.feedSlowShare),
    feedStaleSeconds: String(slo.feedStaleSeconds),
    latencySlowShare: String(slo.latencySlowShare),
    latencySlowPercent: percent(slo.latencySlowShare),
    errorShare: String(slo.errorShare),
    errorPercent: percent(slo.errorShare),
    downShare: String(slo.downShare),
    downPercent: percent(slo.downShare),
    notAckedShare: String(slo.notAckedShare),
    notAckedPercent: percent(slo.notAckedShare),
    clockDriftSeconds: String(slo.clockDriftSeconds),
    evaluationInterval: slo.evaluationInterval,
    runbookBaseUrl: slo.runbookBaseUrl,
  };
}

/** Every figure as a place for the chart to put its value in: `<<latencySeconds>>`. */
export const placeholders: Figures = Object.fromEntries(
  Object.keys(figures(cardSlo)).map((name) => [name, `<<${name}>>`]),
) as unknown as Figures;

/** Prometheus 2 stores a whole boundary as `1`, Prometheus 3 as `1.0`; a fraction is the same in both. */
function boundary(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}(\\\\.0)?` : String(seconds).replace('.', '\\\\.');
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}
