import { childName, EXECUTOR_PROBE_PORT, EXECUTOR_TLS_PORT } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import {
  type Child,
  metadata,
  type NetworkPolicySettings,
  type Settings,
  selector,
} from './child.ts';

/** Put on every namespace by the API server itself. */
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/**
 * Who may reach an executor: the operator and the namespaces of spec.callers, and whoever scrapes.
 * Nothing about what it may reach: cut off from the API server it would be blind, and a venue behind
 * a CDN has no addresses to allow. Probes come from the pod's own node, which no policy cuts off.
 */
export function networkPolicy(
  executor: TradingExecutor,
  { operatorServiceAccount }: Settings,
  { metricsNamespaces }: NetworkPolicySettings,
): Child {
  const [operator = ''] = operatorServiceAccount.split('/');
  const callers = (executor.spec.callers ?? []).map(
    ({ serviceAccount }) => serviceAccount.namespace,
  );
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(executor, childName(executor.metadata.name)),
    spec: {
      podSelector: { matchLabels: selector(executor.metadata.name) },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [operator, ...callers].filter(isFirst).map(peer), ports: [tcp(EXECUTOR_TLS_PORT)] },
        {
          ...(metricsNamespaces.length === 0 ? {} : { from: metricsNamespaces.map(peer) }),
          ports: [tcp(EXECUTOR_PROBE_PORT)],
        },
      ],
    },
  };
}

const isFirst = (name: string, index: number, all: readonly string[]): boolean =>
  all.indexOf(name) === index;
const peer = (name: string) => ({
  namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: name } },
});
const tcp = (port: number) => ({ port, protocol: 'TCP' });
