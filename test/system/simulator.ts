import type { FaultOrder } from '../venue/btcturk/faults.ts';
import { apply, kubectl, kubectlWithInput, serviceProxy, waitFor } from './kubectl.ts';
import type { OrderTerms } from './place.ts';

/** The public test vector's key pair; the simulator knows no other. */
export const SIMULATOR_KEY = {
  publicKey: '11111111-2222-3333-4444-555555555555',
  privateKey: 'c3BhcmstdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE=',
} as const;

export interface LedgerOrder {
  readonly id: string;
  readonly clientId: string;
  readonly symbol: string;
  readonly status: string;
  readonly isOpen: boolean;
  readonly arrivedAt: number;
}

const NAMESPACE = 'venue';
const SERVICE = 'btcturk-simulator';
const control = serviceProxy(NAMESPACE, SERVICE, 8081);

const read = async <T>(path: string): Promise<T> =>
  JSON.parse(await kubectl('get', '--raw', path)) as T;
const post = (path: string, body: unknown): Promise<string> =>
  kubectlWithInput(JSON.stringify(body), 'create', '--raw', `${control}${path}`, '-f', '-');

/** The simulator in the cluster, driven through the API server's proxy. */
export const simulator = {
  fault: (order: FaultOrder) => post('/faults', order),
  clearFaults: () => kubectl('delete', '--raw', `${control}/faults`),
  reset: () => post('/reset', {}),
  clock: (order: { readonly skewMs?: number; readonly windowMs?: number }) => post('/clock', order),
  settings: (changes: object) => post('/settings', changes),
  /** Orders the venue accepted, oldest first. */
  async orders(): Promise<readonly LedgerOrder[]> {
    return (await read<{ orders: LedgerOrder[] }>(`${control}/ledger`)).orders;
  },
  async openOrders(): Promise<readonly LedgerOrder[]> {
    return (await simulator.orders()).filter(({ isOpen }) => isOpen);
  },
  /** How many requests of a route the venue has seen. */
  async requests(route: string): Promise<number> {
    const path = `${control}/ledger?route=${route}`;
    return (await read<{ requests: unknown[] }>(path)).requests.length;
  },
  /** Resolves once the venue has seen `count` requests of this route. */
  async requestsArrived(route: string, count: number): Promise<void> {
    await read(`${control}/ledger/wait?route=${route}&requests=${count}&timeoutMs=20000`);
  },
};

/** A bid 2 % below the market for a little over the venue's minimum of 99.91 TRY: it rests. */
export async function restingBid(symbol: 'BTCTRY'): Promise<OrderTerms> {
  const prices = await read<{ bid: string }>(`${control}/prices?symbol=${symbol}`);
  const tick = 10;
  const price = Math.floor((Number(prices.bid) * 0.98) / tick) * tick;
  return { symbol, side: 'buy', type: 'limit', quantity: '0.000025', price: String(price) };
}

/** Deploys the simulator; safe to repeat. */
export async function deploySimulator(image: string): Promise<void> {
  await apply(manifest(image));
  await waitFor(NAMESPACE, `deployment/${SERVICE}`, 'condition=Available', 120);
}

const manifest = (image: string): string => `
apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
  labels: { pod-security.kubernetes.io/enforce: restricted }
---
apiVersion: v1
kind: Service
metadata: { name: ${SERVICE}, namespace: ${NAMESPACE} }
spec:
  selector: { app: ${SERVICE} }
  ports:
    - { name: venue, port: 8080 }
    - { name: control, port: 8081 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${SERVICE}, namespace: ${NAMESPACE} }
spec:
  selector: { matchLabels: { app: ${SERVICE} } }
  template:
    metadata: { labels: { app: ${SERVICE} } }
    spec:
      automountServiceAccountToken: false
      securityContext:
        { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: simulator
          image: ${image}
          ports: [{ containerPort: 8080 }, { containerPort: 8081 }]
          readinessProbe: { httpGet: { path: /healthz, port: 8081 }, periodSeconds: 2 }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
`;
