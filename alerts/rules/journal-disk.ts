import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';
/** An executor whose journal is in a database exports NaN, which is below nothing. */
const free = 'min by (namespace, executor) (spark_disk_free_ratio)';

/** Twice what the executor needs: time to make room while it still trades. */
export function diskFillingUp(figure: Figures): AlertRule {
  return {
    alert: 'JournalDiskAlmostFull',
    expr: `${free}\n< 0.2`,
    for: '10m',
    labels: { severity: 'warning', reason: 'FillingUp' },
    annotations: {
      summary: `The journal's volume of ${where} is filling up`,
      description: `{{ $value | humanizePercentage }} of the volume of ${where} is free. Below 10% the executor refuses new orders; cancels still pass.`,
      runbook_url: `${figure.runbookBaseUrl}/JournalDiskAlmostFull.md`,
    },
  };
}

/** The executor's own limit (executor/guards/disk.ts): it refuses new orders now. */
export function diskAlmostFull(figure: Figures): AlertRule {
  return {
    alert: 'JournalDiskAlmostFull',
    expr: `${free}\n< 0.1`,
    for: '1m',
    labels: { severity: 'critical', reason: 'RefusingOrders' },
    annotations: {
      summary: `${where} refuses orders: the journal's volume is almost full`,
      description: `{{ $value | humanizePercentage }} of the volume of ${where} is free. The executor answers DISK_ALMOST_FULL to every new order; cancels still pass.`,
      runbook_url: `${figure.runbookBaseUrl}/JournalDiskAlmostFull.md`,
    },
  };
}
