import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

/**
 * Share of orders that took longer than the threshold. An order that nobody answered is observed at
 * its deadline as over every finite bucket, so it is in `_count` and in no bucket: slow. Both sides
 * are summed to the same labels; a ratio of bucket and count as they stand has `le` on one side only
 * and matches nothing. No traffic is 0/0, which compares false.
 */
function slowShare({ latencyLe }: Figures): string {
  const all =
    'sum by (namespace, executor) (rate(spark_place_ack_duration_seconds_count{mode!="paper"}[5m]))';
  const fast = `sum by (namespace, executor) (rate(spark_place_ack_duration_seconds_bucket{mode!="paper",le=~"${latencyLe}"}[5m]))`;
  return `(\n  ${all}\n-\n  ${fast}\n)\n/\n  ${all}`;
}

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

function description(figure: Figures, limit: string, more: string): string {
  return `{{ $value | humanizePercentage }} of the orders of ${where} in the last 5 minutes took longer than ${figure.latencySeconds} s from place to acknowledgement or were never answered; the limit is ${limit}. ${more}`;
}

/** Pages people once more than the SLO's share of orders has been slow for ten minutes. */
export function latencyWarning(figure: Figures): AlertRule {
  return {
    alert: 'PlaceAckLatencySLOWarning',
    expr: `${slowShare(figure)}\n> ${figure.latencyWarningShare}`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `Orders of ${where} are slow`,
      description: description(figure, figure.latencyWarningPercent, 'It has lasted 10 minutes.'),
      runbook_url: `${figure.runbookBaseUrl}/PlaceAckLatencySLOWarning.md`,
    },
  };
}

export function latencyCritical(figure: Figures): AlertRule {
  return {
    alert: 'PlaceAckLatencySLOCritical',
    expr: `${slowShare(figure)}\n> ${figure.latencyCriticalShare}`,
    for: '10m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `Orders of ${where} are very slow`,
      description: description(
        figure,
        figure.latencyCriticalPercent,
        'It has lasted 10 minutes; the operator rolls back by its own clock.',
      ),
      runbook_url: `${figure.runbookBaseUrl}/PlaceAckLatencySLOCritical.md`,
    },
  };
}

/**
 * The same expression without a wait. The operator holds the ten minutes (spec.rollback.persistFor),
 * counted from this alert's beginning: a `for` here would be waited out a second time, and Prometheus
 * starts a `for` of ten minutes anew when it restarts.
 */
export function latencyRollback(figure: Figures): AlertRule {
  return {
    alert: 'PlaceAckLatencyRollback',
    expr: `${slowShare(figure)}\n> ${figure.latencyCriticalShare}`,
    for: '0s',
    labels: { severity: 'critical', spark_trading_rollback: 'true' },
    annotations: {
      summary: `The rollback clock of ${where} is running`,
      description: description(
        figure,
        figure.latencyCriticalPercent,
        'If it lasts for spec.rollback.persistFor, the operator puts this executor on paper and kills it.',
      ),
      runbook_url: `${figure.runbookBaseUrl}/PlaceAckLatencyRollback.md`,
    },
  };
}
