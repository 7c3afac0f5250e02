import { ratio } from './budget.ts';
import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** The SLO itself, as it is now; fewer than 50 orders in the five minutes say nothing. */
export function orderErrors(figure: Figures): AlertRule {
  return {
    alert: 'OrderErrorsHigh',
    expr: `${ratio('orders', '5m')}\n> ${figure.errorShare}`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `Orders of ${where} fail`,
      description: `{{ $value | humanizePercentage }} of the orders of ${where} in the last 5 minutes failed by the venue or by us (5xx, timeout, nonce, 429, unknown, unsent); the limit is ${figure.errorPercent}. It has lasted 10 minutes.`,
      runbook_url: `${figure.runbookBaseUrl}/OrderErrorsHigh.md`,
    },
  };
}

/** The card's look into the audit: of an hour's orders less than 1 % that are not acknowledged, business rejects included. */
export function auditShare(figure: Figures): AlertRule {
  const hour = (labels: string) =>
    `sum by (namespace, executor) (increase(spark_orders_total{${labels}}[1h]))`;
  const all = hour('mode!="paper"');
  return {
    alert: 'AuditShareHigh',
    expr: `${hour('mode!="paper",status!="acked"')}\n/\n(${all} >= 50)\n> ${figure.notAckedShare}`,
    labels: { severity: 'warning' },
    annotations: {
      summary: `Too many orders of ${where} were not acknowledged`,
      description: `{{ $value | humanizePercentage }} of the orders of ${where} in the last hour ended otherwise than acknowledged; the limit is ${figure.notAckedPercent}. GET /audit/summary?window=1h says how.`,
      runbook_url: `${figure.runbookBaseUrl}/AuditShareHigh.md`,
    },
  };
}

/** 0.1 % of 30 days are 43 minutes. In slots, so that a new executor's first minutes are no month. */
export function uptimeSpent(figure: Figures): AlertRule {
  return {
    alert: 'UptimeBudgetSpent',
    expr: `sum_over_time(executor:slots_bad:max[30d])\n> 86400 * ${figure.downShare}`,
    labels: { severity: 'warning' },
    annotations: {
      summary: `${where} was down longer than 30 days allow`,
      description: `${where} was not up in {{ $value | humanize }} slots of 30 seconds in the last 30 days; ${figure.downPercent} of 86400 are allowed.`,
      runbook_url: `${figure.runbookBaseUrl}/UptimeBudgetSpent.md`,
    },
  };
}
