import { credentialLeaseName, RELEASED_BY_ANNOTATION } from '../../crds/names.ts';
import { apply, kubectl, waitFor } from './kubectl.ts';
import { callerToken, ExecutorClient } from './place.ts';
import { forgetSeries, scraped } from './prometheus.ts';
import { SIMULATOR_KEY, simulator } from './simulator.ts';

/**
 * Makes a desk's namespace anew: nothing of an earlier one is left, neither in the cluster nor in
 * Prometheus. In it the account its strategy runs as, its venue key, and the key's Lease as a last
 * holder leaves it: one that was never held is waited out for 45 s.
 */
export async function openDesk(namespace: string, secret: string): Promise<void> {
  await closeDesk(namespace);
  await forgetSeries(namespace);
  await furnish(namespace, secret);
}

async function furnish(namespace: string, secret: string): Promise<void> {
  await apply(`
apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: strategy, namespace: ${namespace} }
---
apiVersion: v1
kind: Secret
metadata: { name: ${secret}, namespace: ${namespace} }
stringData:
  publicKey: ${SIMULATOR_KEY.publicKey}
  privateKey: ${SIMULATOR_KEY.privateKey}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata:
  name: ${credentialLeaseName(secret)}
  namespace: ${namespace}
  annotations: { ${RELEASED_BY_ANNOTATION}: nobody-yet }
spec: { holderIdentity: '' }
`);
}

/** Removes a desk with all it holds; its incidents go with the namespace. */
export async function closeDesk(namespace: string): Promise<void> {
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s');
}

export interface ExecutorTerms {
  readonly namespace: string;
  readonly name: string;
  readonly mode?: 'paper' | 'trickle' | 'live';
  readonly killSwitch?: boolean;
  readonly persistFor?: string;
  readonly holdFor?: string;
  readonly maxConcurrency?: number;
  readonly secret?: string;
}

/** A TradingExecutor against the simulator and no other venue. */
export const executorManifest = (terms: ExecutorTerms): string => `
apiVersion: spark.trading/v1alpha1
kind: TradingExecutor
metadata:
  name: ${terms.name}
  namespace: ${terms.namespace}
spec:
  mode: ${terms.mode ?? 'trickle'}
  killSwitch: ${terms.killSwitch ?? false}
  version: v1.2-ramp
  venue:
    name: btcturk
    baseUrl: http://btcturk-simulator.venue.svc:8080
    feedUrl: ws://btcturk-simulator.venue.svc:8080/
    credentialsSecretRef: { name: ${terms.secret ?? `${terms.name}-key`} }
  limits: { maxConcurrency: ${terms.maxConcurrency ?? 4} }
  rollback: { persistFor: ${terms.persistFor ?? '10s'} }
  ladder: { holdFor: ${terms.holdFor ?? '1s'} }
  callers:
    - serviceAccount: { namespace: ${terms.namespace}, name: strategy }
      role: trader
`;

/** Until the executor trades at `mode`: pods up, rung held. */
export async function climbed(namespace: string, name: string, mode: string): Promise<void> {
  const target = `tradingexecutor/${name}`;
  await waitFor(namespace, target, 'condition=Ready', 180);
  await waitFor(namespace, target, `jsonpath={.status.ladder.reached}=${mode}`, 180);
}

/** A desk made anew at a simulator as it starts, its executor trading in trickle and scraped; its strategy's client. */
export async function tradingDesk(terms: ExecutorTerms): Promise<ExecutorClient> {
  const { namespace, name } = terms;
  await simulator.reset();
  await openDesk(namespace, `${name}-key`);
  await apply(executorManifest(terms));
  await climbed(namespace, name, 'trickle');
  await scraped(namespace, name);
  return new ExecutorClient({ namespace, name }, await callerToken(namespace, 'strategy'));
}
