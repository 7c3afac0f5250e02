import { Counter, Histogram, type Registry } from 'prom-client';
import { OUTCOMES, type Outcome } from './note.ts';

export const DELIVERIES = [
  'accepted',
  'unauthorized',
  'malformed',
  'too-large',
  'unavailable',
] as const;
export type Delivery = (typeof DELIVERIES)[number];

const STRAYS = ['no-executor-label', 'unknown-executor'] as const;
export type Stray = (typeof STRAYS)[number];

export interface RollbackMetrics {
  delivery(result: Delivery): void;
  alert(outcome: Outcome | Stray, count?: number): void;
  truncated(alerts: number): void;
  implausibleStarts(alerts: number): void;
  /** @param lateMs from since + persistFor to the accepted latch */
  rolledBack(lateMs: number): void;
  acknowledged(): void;
  pollFailed(): void;
  evidence(result: 'complete' | 'partial' | 'failed'): void;
}

/** Registers everything at 0, so that the first event of a kind can be seen by `increase`. */
export function rollbackMetrics(registry: Registry): RollbackMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, label?: L) =>
    new Counter({ name, help, registers, labelNames: label === undefined ? [] : [label] });
  const deliveries = counter(
    'trading_operator_webhook_requests_total',
    'Deliveries to POST /alertmanager by result.',
    'result',
  );
  const alerts = counter(
    'trading_operator_webhook_alerts_total',
    'Alerts taken in, by webhook or poll, by what became of them.',
    'outcome',
  );
  const packs = counter(
    'trading_operator_evidence_packs_total',
    'Evidence packs collected, by result.',
    'result',
  );
  for (const result of DELIVERIES) deliveries.inc({ result }, 0);
  for (const outcome of [...OUTCOMES, ...STRAYS]) alerts.inc({ outcome }, 0);
  for (const result of ['complete', 'partial', 'failed']) packs.inc({ result }, 0);
  const truncated = counter(
    'trading_operator_webhook_truncated_alerts_total',
    'Alerts that Alertmanager left out of a delivery (max_alerts).',
  );
  const implausible = counter(
    'trading_operator_alert_implausible_starts_total',
    'Alerts that claimed a start in the future or before this system existed.',
  );
  const pollFailures = counter(
    'trading_operator_alertmanager_poll_failures_total',
    'Polls of the Alertmanager API that got no usable answer.',
  );
  const rollbacks = counter('trading_operator_rollbacks_total', 'Latches written.');
  const acknowledgements = counter(
    'trading_operator_rollback_acknowledgements_total',
    'Latches released by an acknowledgement.',
  );
  const late = new Histogram({
    name: 'trading_operator_rollback_delay_seconds',
    help: 'From the alert’s start + persistFor to the accepted latch.',
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
    registers,
  });
  return {
    delivery: (result) => deliveries.inc({ result }),
    alert: (outcome, count = 1) => alerts.inc({ outcome }, count),
    truncated: (count) => truncated.inc(count),
    implausibleStarts: (count) => implausible.inc(count),
    rolledBack(lateMs) {
      rollbacks.inc();
      late.observe(lateMs / 1_000);
    },
    acknowledged: () => acknowledgements.inc(),
    pollFailed: () => pollFailures.inc(),
    evidence: (result) => packs.inc({ result }),
  };
}
