import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** What a person has to look at. Orders of others and such that turned up settle themselves. */
const KINDS = 'doubled|missing|open-after-end|probable-twin';

/** Journal and venue disagree about an order. Each is counted once, so it fires for ten minutes. */
export function journalMismatch(figure: Figures): AlertRule {
  return {
    alert: 'JournalVenueMismatch',
    expr: `sum by (namespace, executor) (increase(spark_reconcile_mismatches_total{kind=~"${KINDS}"}[10m]))\n> 0`,
    labels: { severity: 'critical' },
    annotations: {
      summary: `Journal and venue disagree about orders of ${where}`,
      description: `In the last 10 minutes ${where} found an order at the venue that is not as its journal has it: a client id twice, an order open after its end, one that is missing, or one like an order that is unknown.`,
      runbook_url: `${figure.runbookBaseUrl}/JournalVenueMismatch.md`,
    },
  };
}
