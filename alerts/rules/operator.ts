import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/**
 * An executor that has seen its object, and no operator that expects it: asked per executor, since
 * one operator of two that is gone would be hidden by the other. Alone it never has an age of sight.
 */
export function unsupervised(figure: Figures): AlertRule {
  const running = 'max by (namespace, executor) (spark_control_age_seconds) >= 0';
  const expected = 'max by (namespace, executor) (trading_operator_executor_expected)';
  return {
    alert: 'OperatorDown',
    expr: `${running}\nunless\n${expected}`,
    for: '2m',
    labels: { severity: 'critical', reason: 'Unsupervised' },
    annotations: {
      summary: `No operator looks after ${where}`,
      description: `${where} runs, and for 2 minutes no operator has said that it expects it. A kill still works: the executor watches its object itself. No rollback, no replacement of its pod, no status.`,
      runbook_url: `${figure.runbookBaseUrl}/OperatorDown.md`,
    },
  };
}

/** Also when nothing runs that could be looked after. Has no executor, and a namespace only by chance. */
export function noLeader(figure: Figures): AlertRule {
  return {
    alert: 'OperatorDown',
    expr: 'absent(leader_election_master_status{name="trading-executor-operator"} == 1)',
    for: '2m',
    labels: { severity: 'critical', reason: 'NoLeader' },
    annotations: {
      summary: 'No operator leads',
      description:
        'For 2 minutes no process of the operator has held its Lease, or none could be scraped. Kills still work: executors watch their objects themselves. No rollback, no new pod, no status.',
      runbook_url: `${figure.runbookBaseUrl}/OperatorDown.md`,
    },
  };
}

/**
 * The watchdog is delivered to some replica every minute: ten minutes without an accepted delivery
 * are a broken way from Alertmanager to the operator. The way before it, from Prometheus to
 * Alertmanager, is what the operator itself tells (AlertingHealthy).
 */
export function pipelineDead(figure: Figures): AlertRule {
  return {
    alert: 'AlertingPipelineDead',
    expr: 'sum by (namespace) (increase(trading_operator_webhook_requests_total{result="accepted"}[10m])) == 0',
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'Alertmanager no longer reaches the operator in {{ $labels.namespace }}',
      description:
        'The operator has accepted no delivery of Alertmanager for 10 minutes, though the watchdog is due every minute. A rollback now waits for its poll, if --alertmanager-url is set, and otherwise does not come.',
      runbook_url: `${figure.runbookBaseUrl}/AlertingPipelineDead.md`,
    },
  };
}

/** Fires always. Who no longer hears it knows that alerts do not arrive. */
export function watchdog(figure: Figures): AlertRule {
  return {
    alert: 'TradingWatchdog',
    expr: 'vector(1)',
    labels: { severity: 'none', spark_trading_watchdog: 'true' },
    annotations: {
      summary: 'Alerts arrive',
      description:
        'Fires always. It is for the operator, which says AlertingHealthy=False when it no longer hears it; it never rolls anything back.',
      runbook_url: `${figure.runbookBaseUrl}/TradingWatchdog.md`,
    },
  };
}
