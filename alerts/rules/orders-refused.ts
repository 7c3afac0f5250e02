import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/**
 * While it is open, orders are refused before they count as orders: latency and errors fall silent,
 * and this alert is what is left.
 */
export function breakerOpen(figure: Figures): AlertRule {
  return {
    alert: 'BreakerOpen',
    expr: 'max by (namespace, executor) (spark_breaker_state{lane="orders",state!="closed"}) == 1',
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} sends no orders: the venue fails most of its calls`,
      description: `The breaker of the orders of ${where} has been open for 2 minutes: most calls failed, or the venue refused the key five times in a row. Orders are refused with VENUE_BREAKER_OPEN and never sent; cancels still pass.`,
      runbook_url: `${figure.runbookBaseUrl}/BreakerOpen.md`,
    },
  };
}

/** The executor's own limit is 15 minutes (executor/venues/btcturk/exchange-info.ts). */
export function exchangeInfoStale(figure: Figures): AlertRule {
  return {
    alert: 'ExchangeInfoStale',
    expr: 'max by (namespace, executor) (spark_exchange_info_age_seconds)\n> 600',
    labels: { severity: 'critical' },
    annotations: {
      summary: `The venue does not tell its rules to ${where}`,
      description: `What ${where} knows of ticks, scales and limits is {{ $value | humanizeDuration }} old; it is read every minute. From 15 minutes on every new order is refused with EXCHANGE_INFO_UNKNOWN.`,
      runbook_url: `${figure.runbookBaseUrl}/ExchangeInfoStale.md`,
    },
  };
}

/** No caller can help these: their orders would pass if we were well. */
const OURS = 'JOURNAL_UNAVAILABLE|CLOCK_DRIFT|CLOCK_UNMEASURED';

export function ordersRefused(figure: Figures): AlertRule {
  return {
    alert: 'OrdersRefused',
    expr: `sum by (namespace, executor) (increase(spark_guard_denials_total{reason=~"${OURS}"}[5m]))\n> 0`,
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} refuses orders: its journal or its clock is not well`,
      description: `About {{ $value | humanize }} orders of ${where} were refused in the last 5 minutes because its journal takes nothing or its clock is not that of the venue. None was sent.`,
      runbook_url: `${figure.runbookBaseUrl}/OrdersRefused.md`,
    },
  };
}
