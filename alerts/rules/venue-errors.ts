import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** `mode!="paper"` also holds for a series without the label, which is what most executors export. */
export function nonceErrors(figure: Figures): AlertRule {
  return {
    alert: 'NonceErrorRateHigh',
    expr: `sum by (namespace, executor) (rate(spark_exchange_errors_total{code="INVALID_NONCE",mode!="paper"}[5m]))\n> ${figure.nonceErrorsPerSecond}`,
    labels: { severity: 'critical' },
    annotations: {
      summary: `The venue refuses the time stamps of ${where}`,
      description: `The venue answers INVALID_NONCE to ${where} {{ $value | humanize }} times a second; the limit is ${figure.nonceErrorsPerSecond}. Either clocks are apart or two senders share one API key.`,
      runbook_url: `${figure.runbookBaseUrl}/NonceErrorRateHigh.md`,
    },
  };
}

/** The venue's 429s. What the executor itself refuses is counted in spark_guard_denials_total. */
export function rateLimited(figure: Figures): AlertRule {
  return {
    alert: '429Bursts',
    expr: `sum by (namespace, executor) (rate(spark_http_requests_total{status="429",mode!="paper"}[5m]))\n> ${figure.rateLimitedPerSecond}`,
    labels: { severity: 'warning' },
    annotations: {
      summary: `The venue rate-limits ${where}`,
      description: `The venue answers 429 to ${where} {{ $value | humanize }} times a second; the limit is ${figure.rateLimitedPerSecond}. Orders wait or fail, and going on may get the address banned.`,
      runbook_url: `${figure.runbookBaseUrl}/429Bursts.md`,
    },
  };
}
