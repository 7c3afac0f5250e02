import { describe, expect, it } from 'vitest';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import { networkPolicy } from '../../../operator/desired/network-policy.ts';
import { anExecutor } from '../../executor/an-executor.ts';

const settings = {
  executorImage: 'executor:1',
  slo: cardSlo,
  operatorServiceAccount: 'system/operator',
};
const from = (...namespaces: readonly string[]) =>
  namespaces.map((name) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  }));

function spec(callers: readonly string[], metricsNamespaces: readonly string[] = []) {
  const serviceAccounts = callers.map((namespace) => ({
    ...{ serviceAccount: { namespace, name: 'a' }, role: 'trader' },
  }));
  const executor = anExecutor('live', { callers: serviceAccounts });
  return networkPolicy(executor, settings, { metricsNamespaces }).spec as Record<string, unknown>;
}

describe('the NetworkPolicy of an executor', () => {
  it('lets the operator and each caller’s namespace reach orders, nobody else', () => {
    const { ingress } = spec(['desk', 'risk', 'desk']) as { ingress: readonly unknown[] };
    expect(ingress[0]).toEqual({
      from: from('system', 'desk', 'risk'),
      ports: [{ port: 8443, protocol: 'TCP' }],
    });
    expect(ingress).toHaveLength(2);
  });

  it('says nothing about what the executor may reach: cut off, it would be blind', () => {
    const { policyTypes, egress } = spec([]);
    expect(policyTypes).toEqual(['Ingress']);
    expect(egress).toBeUndefined();
  });

  it('lets anybody scrape, or the namespaces that are named', () => {
    const ports = [{ port: 8080, protocol: 'TCP' }];
    const scrapers = (...names: readonly string[]) =>
      (spec([], names) as { ingress: readonly unknown[] }).ingress[1];
    expect(scrapers()).toEqual({ ports });
    expect(scrapers('monitoring')).toEqual({ from: from('monitoring'), ports });
  });
});
