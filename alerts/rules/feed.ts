import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/**
 * Nothing new was written for too long: no connection, a silent one, or a file that takes nothing.
 * An executor without a feed exports NaN, which compares false.
 */
export function feedStale(figure: Figures): AlertRule {
  return {
    alert: 'FeedStale',
    expr: `max by (namespace, executor) (spark_feed_age_seconds)\n> ${figure.feedStaleSeconds}`,
    for: '1m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `The market-data feed of ${where} is stale`,
      description: `The newest frame of the feed of ${where} that is written is {{ $value | humanizeDuration }} old; the limit is ${figure.feedStaleSeconds} s. Market data is being missed; orders are not concerned.`,
      runbook_url: `${figure.runbookBaseUrl}/FeedStale.md`,
    },
  };
}

/** Share of frames that took longer than the SLO's bound from receipt to commit. */
export function feedSlow(figure: Figures): AlertRule {
  const rate = (series: string) => `sum by (namespace, executor) (rate(${series}[5m]))`;
  const all = rate('spark_feed_db_duration_seconds_count');
  const fast = rate(`spark_feed_db_duration_seconds_bucket{le=~"${figure.feedLatencyLe}"}`);
  return {
    alert: 'FeedDbLatencySLOWarning',
    expr: `(\n  ${all}\n-\n  ${fast}\n)\n/\n  ${all}\n> ${figure.feedSlowShare}`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `Market data of ${where} is written slowly`,
      description: `{{ $value | humanizePercentage }} of the frames of the feed of ${where} in the last 5 minutes took longer than ${figure.feedLatencySeconds} s from receipt to commit; the limit is ${figure.feedSlowPercent}. It has lasted 10 minutes.`,
      runbook_url: `${figure.runbookBaseUrl}/FeedDbLatencySLOWarning.md`,
    },
  };
}
