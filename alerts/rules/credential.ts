import type { AlertRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';
const sends = 'max by (namespace, executor) (spark_mode{mode!="paper"}) == 1';

/**
 * One key under two Secrets, in one namespace or in two: each has a Lease of its own, so nothing keeps
 * the two from sending at once. Executors on one Secret share its Lease, and those on paper do not send.
 */
export function credentialInUseTwice(figure: Figures): AlertRule {
  return {
    alert: 'CredentialInUseTwice',
    expr: `max by (namespace, executor, fingerprint) (spark_credential_info{fingerprint!=""})
and on (namespace, executor)
${sends}
unless on (fingerprint)
count by (fingerprint) (count by (namespace, secret_name, fingerprint) (spark_credential_info and on (namespace, executor) ${sends})) == 1`,
    for: '1m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${where} sends with a key that another Secret holds as well`,
      description: `The key of ${where}, fingerprint {{ $labels.fingerprint }}, is in two Secrets, and executors of both send real orders. No Lease is between them: they refuse each other's time stamps, and neither knows what the other has open.`,
      runbook_url: `${figure.runbookBaseUrl}/CredentialInUseTwice.md`,
    },
  };
}
