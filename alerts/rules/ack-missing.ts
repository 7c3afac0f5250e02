import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';
const orders = 'spark_place_ack_duration_seconds_count';

/** Orders passed the guards in ten minutes and the venue answered none: neither yes nor no. */
export function noAnswer(figure: Figures): AlertRule {
  const passed = `sum by (namespace, executor) (increase(${orders}{mode!="paper"}[10m])) > 0`;
  const answered = `sum by (namespace, executor) (increase(${orders}{mode!="paper",outcome=~"acked|rejected"}[10m])) > 0`;
  return {
    alert: 'BTCTurkAckMissing',
    expr: `${passed}\nunless\n${answered}`,
    for: '1m',
    labels: { severity: 'critical', reason: 'NoAnswer' },
    annotations: {
      summary: `The venue answers no order of ${where}`,
      description: `About {{ $value | humanize }} orders of ${where} passed the guards in the last 10 minutes and none was answered.`,
      runbook_url: `${figure.runbookBaseUrl}/BTCTurkAckMissing.md`,
    },
  };
}

/**
 * An executor that the operator expects has no target that is up. Asked per executor: `absent(up)`
 * stays silent while any other executor is up. The wait lets a rollout pass.
 */
export function notUp(figure: Figures): AlertRule {
  const expected = 'max by (namespace, executor) (trading_operator_executor_expected) == 1';
  const up = 'max by (namespace, executor) (up) == 1';
  return {
    alert: 'BTCTurkAckMissing',
    expr: `${expected}\nunless\n${up}`,
    for: figure.executorDownFor,
    labels: { severity: 'critical', reason: 'NotUp' },
    annotations: {
      summary: `Executor ${where} is not up`,
      description: `The operator expects the executor ${where}, and Prometheus has reached none of its pods for ${figure.executorDownFor}. Its orders, if any, are not seen.`,
      runbook_url: `${figure.runbookBaseUrl}/BTCTurkAckMissing.md`,
    },
  };
}
