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
  const deliveries = labelled(registry, {
    name: 'trading_operator_webhook_requests_total',
    help: 'Deliveries to POST /alertmanager by result.',
    result: DELIVERIES,
  });
  const alerts = labelled(registry, {
    name: 'trading_operator_webhook_alerts_total',
    help: 'Alerts taken in, by webhook or poll, by what became of them.',
    result: [...OUTCOMES, ...STRAYS],
  });
  const packs = labelled(registry, {
    name: 'trading_operator_evidence_packs_total',
    help: 'Evidence packs collected.',
    result: ['complete', 'partial', 'failed'],
  });
  const counts = plain(registry);
  const late = new Histogram({
    name: 'trading_operator_rollback_delay_seconds',
    help: 'From the alert’s start + persistFor to the accepted latch.',
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
    registers,
  });
  return {
    delivery: (result) => deliveries.inc({ result }),
    alert: (result, count = 1) => alerts.inc({ result }, count),
    truncated: (count) => counts.truncated.inc(count),
    implausibleStarts: (count) => counts.implausible.inc(count),
    rolledBack(lateMs) {
      counts.rollbacks.inc();
      late.observe(lateMs / 1_000);
    },
    acknowledged: () => counts.acknowledgements.inc(),
    pollFailed: () => counts.pollFailures.inc(),
    evidence: (result) => packs.inc({ result }),
  };
}

function labelled(
  registry: Registry,
  { name, help, result }: { name: string; help: string; result: readonly string[] },
): Counter<'result'> {
  const counter = new Counter({ name, help, labelNames: ['result'], registers: [registry] });
  for (const one of result) counter.inc({ result: one }, 0);
  return counter;
}

function plain(registry: Registry) {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, registers: [registry] });
  return {
    truncated: counter(
      'trading_operator_webhook_truncated_alerts_total',
      'Alerts that Alertmanager left out of a delivery (max_alerts).',
    ),
    implausible: counter(
      'trading_operator_alert_implausible_starts_total',
      'Alerts that claimed a start in the future or before this system existed.',
    ),
    pollFailures: counter(
      'trading_operator_alertmanager_poll_failures_total',
      'Polls of the Alertmanager API that got no usable answer.',
    ),
    rollbacks: counter('trading_operator_rollbacks_total', 'Latches written.'),
    acknowledgements: counter(
      'trading_operator_rollback_acknowledgements_total',
      'Latches released by an acknowledgement.',
    ),
  };
}
