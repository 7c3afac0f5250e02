import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** A year without data is closed, without an error. A market that never closes exports NaN. */
export function calendarEnds(figure: Figures): AlertRule {
  return {
    alert: 'CalendarEnds',
    expr: 'min by (namespace, executor) (spark_calendar_end_timestamp_seconds) - time()\n< 2592000',
    labels: { severity: 'warning' },
    annotations: {
      summary: `The exchange calendar of ${where} ends soon`,
      description: `In {{ $value | humanizeDuration }} begins a year that the calendar of ${where} does not know. Every day of it is closed: all orders are refused with OUT_OF_SESSION.`,
      runbook_url: `${figure.runbookBaseUrl}/CalendarEnds.md`,
    },
  };
}
