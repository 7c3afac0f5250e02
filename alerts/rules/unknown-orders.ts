import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** An order that the venue may or may not hold. The executor finds most within seconds of their loss. */
export function unknownOrders(figure: Figures): AlertRule {
  return {
    alert: 'UnknownOrders',
    expr: 'max by (namespace, executor) (spark_unknown_orders) > 0',
    for: '1m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `{{ $value }} orders of ${where} may or may not be at the venue`,
      description: `The outcome of {{ $value }} orders of ${where} has not been known for a minute. The executor goes on asking the venue and sends none of them again; they count against every limit.`,
      runbook_url: `${figure.runbookBaseUrl}/UnknownOrders.md`,
    },
  };
}
