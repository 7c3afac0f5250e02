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

/**
 * Nothing depends on it until a rollback, so nothing else would tell. Of several replicas the one that
 * does not reach it counts: it may be the next leader, and it may be the one that hears the alerts.
 */
export function evidenceServerDown(figure: Figures): AlertRule {
  return {
    alert: 'EvidenceServerDown',
    expr: 'min by (namespace) (trading_operator_evidence_up) == 0',
    for: '5m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'The evidence server in {{ $labels.namespace }} does not answer, or cannot write',
      description:
        'For 5 minutes an operator has had no answer from the evidence server, or it could not write to its volume or bucket. Rollbacks and kills work without it; what metrics and logs said at the moment of a rollback is lost while it is away.',
      runbook_url: `${figure.runbookBaseUrl}/EvidenceServerDown.md`,
    },
  };
}

/** An executor that was deleted with a key and not shown to be flat. Counted once, so it fires for its window. */
export function deletedWithoutFlat(figure: Figures): AlertRule {
  return {
    alert: 'DeletedWithoutFlat',
    expr: 'sum by (namespace, reason) (increase(trading_operator_deletions_total{reason=~"DeadlinePassed|NobodyLeft|Overridden"}[15m])) > 0',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'An executor was deleted without being flat ({{ $labels.reason }})',
      description:
        'The operator in {{ $labels.namespace }} has let a deleted executor go that was not shown to be flat: {{ $labels.reason }}. Orders of it may rest at the venue, and nobody watches them. The Event DeletedWithoutFlat and the log of the operator name the executor.',
      runbook_url: `${figure.runbookBaseUrl}/DeletedWithoutFlat.md`,
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
