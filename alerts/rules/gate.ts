import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';
/** One that is killed is shut on purpose, whatever else shuts it. */
const shut = (reasons: string) =>
  `max by (namespace, executor) (spark_gate_shut{reason${reasons}}) == 1\nunless\nmax by (namespace, executor) (spark_kill_switch) == 1`;

/** A handover takes seconds, a crash is waited out in 45: longer is somebody else who stays. */
export function credentialInUse(figure: Figures): AlertRule {
  return {
    alert: 'CredentialInUse',
    expr: shut('="CredentialInUse"'),
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} does not trade: another process sends with its credentials`,
      description: `The Lease of the Secret of ${where} has been held by another process for 5 minutes. ${where} refuses every real order with CREDENTIAL_IN_USE.`,
      runbook_url: `${figure.runbookBaseUrl}/CredentialInUse.md`,
    },
  };
}

/**
 * Shut, and nobody killed it. On paper as well: an executor that does not see its object does not
 * know in which mode it should be.
 */
export function gateShut(figure: Figures): AlertRule {
  return {
    alert: 'GateShut',
    expr: shut('!~"CredentialInUse|Blind"'),
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} takes no orders, and nobody has killed it`,
      description: `The gate of ${where} has been shut for 5 minutes without a kill. Every new order is refused; cancels still pass.`,
      runbook_url: `${figure.runbookBaseUrl}/GateShut.md`,
    },
  };
}

/** Blind past `lossGrace`, killed or not: what is decided about it does not reach it. */
export function controlLost(figure: Figures): AlertRule {
  return {
    alert: 'ControlLost',
    expr: 'max by (namespace, executor) (spark_gate_shut{reason="Blind"}) == 1',
    for: '1m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} has lost sight of its TradingExecutor`,
      description: `${where} has not been able to read its TradingExecutor for a minute longer than spec.control.lossGrace. It takes no orders, and a change of the object does not reach it; its resting orders stay.`,
      runbook_url: `${figure.runbookBaseUrl}/ControlLost.md`,
    },
  };
}
