import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** Before orders are refused: `spec.clock.maxDriftMs` is twice this. NaN while it is not measured. */
export function clockDrift(figure: Figures): AlertRule {
  return {
    alert: 'ClockDriftHigh',
    expr: `max by (namespace, executor) (abs(spark_clock_drift_seconds))\n> ${figure.clockDriftSeconds}`,
    for: '5m',
    labels: { severity: 'warning' },
    annotations: {
      summary: `The clocks of ${where} and its venue run apart`,
      description: `The clocks of ${where} and of its venue have been {{ $value | humanizeDuration }} apart; for 5 minutes it was more than ${figure.clockDriftSeconds} s. From spec.clock.maxDriftMs on every order is refused with CLOCK_DRIFT.`,
      runbook_url: `${figure.runbookBaseUrl}/ClockDriftHigh.md`,
    },
  };
}
