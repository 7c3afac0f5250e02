import { API_VERSION, EXECUTOR_LABEL, type ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { LatencySlo } from '../slo.ts';

/** app.kubernetes.io/managed-by of everything this operator makes; its watches select by it. */
export const MANAGED_BY = 'trading-executor-operator';
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

export const CHILD_KINDS = [
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Service',
  'StatefulSet',
  'NetworkPolicy',
  'ServiceMonitor',
] as const;
export type ChildKind = (typeof CHILD_KINDS)[number];

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** A child as we want it: only the fields we own, so that it can be applied and compared as it is. */
export interface Child {
  readonly apiVersion: string;
  readonly kind: ChildKind;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly OwnerReference[];
  };
  readonly [field: string]: unknown;
}

export interface NetworkPolicySettings {
  /** The namespaces whose pods may scrape; empty: anybody may. */
  readonly metricsNamespaces: readonly string[];
}

/** What the makers need besides the object itself. */
export interface Settings {
  /** Image of executors whose spec names none. */
  readonly executorImage: string;
  /** Secrets in each executor's namespace that its image is pulled with. */
  readonly executorPullSecrets?: readonly string[];
  /** undefined: executors get none. */
  readonly networkPolicy?: NetworkPolicySettings | undefined;
  /** `namespace/name`: the only account that may ask executors without being in spec.callers. */
  readonly operatorServiceAccount: string;
  readonly slo: LatencySlo;
}

/** Whether no executor gets such a child. Settings change only with the process. */
export const isSwitchedOff = (kind: ChildKind, { networkPolicy }: Settings): boolean =>
  kind === 'NetworkPolicy' && networkPolicy === undefined;

export const keyOf = (executor: TradingExecutor): ExecutorKey => ({
  namespace: executor.metadata.namespace,
  name: executor.metadata.name,
});

/** Selects the pods of one executor. Label values end at 63 characters; the CRD keeps names shorter. */
export const selector = (name: string): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/name': 'trading-executor',
  'app.kubernetes.io/instance': name,
  [EXECUTOR_LABEL]: name,
});

export const labels = (name: string): Readonly<Record<string, string>> => ({
  ...selector(name),
  [MANAGED_BY_LABEL]: MANAGED_BY,
});

/** metadata of a child: labelled, and owned, so that it leaves with its executor. */
export function metadata(executor: TradingExecutor, name: string): Child['metadata'] {
  return {
    name,
    namespace: executor.metadata.namespace,
    labels: labels(executor.metadata.name),
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: 'TradingExecutor',
        name: executor.metadata.name,
        uid: executor.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}
