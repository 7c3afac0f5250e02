import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** Of several operators the one that has seen least counts. Absent while nobody is killed. */
const confirmed = (stage: 'gated' | 'flat') =>
  `min by (namespace, executor) (trading_operator_kill_${stage})`;

/** A kill is in force and a pod has not said that its gate is shut: new orders may leave. */
export function killNotGated(figure: Figures): AlertRule {
  return {
    alert: 'KillNotGated',
    expr: `${confirmed('gated')} == 0`,
    for: '30s',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} is killed, and nobody knows whether it still sends orders`,
      description: `A kill of ${where} has been in force for 30 seconds and not every pod of it has confirmed that its gate is shut. New orders may leave.`,
      runbook_url: `${figure.runbookBaseUrl}/KillNotGated.md`,
    },
  };
}

/** No order leaves, but some are still open, in flight or unknown. Not gated has a page of its own. */
export function killNotFlat(figure: Figures): AlertRule {
  return {
    alert: 'KillNotFlat',
    expr: `${confirmed('flat')} == 0\nunless\n${confirmed('gated')} == 0`,
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} is killed and not flat`,
      description: `${where} has sent no new order for two minutes, and still has orders that are open, in flight or unknown at the venue. They may trade.`,
      runbook_url: `${figure.runbookBaseUrl}/KillNotFlat.md`,
    },
  };
}

/** The version asked for did not come up; what was known to be good runs in its place. */
export function lastGoodPutBack(figure: Figures): AlertRule {
  return {
    alert: 'LastGoodPutBack',
    expr: 'max by (namespace, executor) (trading_operator_last_good_put_back) == 1',
    labels: { severity: 'warning' },
    annotations: {
      summary: `The new version of ${where} did not come up`,
      description: `The operator has put ${where} back to the last version that was known to be good. What the spec asks for does not run until it is changed.`,
      runbook_url: `${figure.runbookBaseUrl}/LastGoodPutBack.md`,
    },
  };
}
