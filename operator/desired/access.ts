import { childName, credentialLeaseName, EXECUTORS, GROUP, trustName } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type Child, metadata } from './child.ts';

/** The identity an executor watches its own object with. */
export function serviceAccount(executor: TradingExecutor): Child {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(executor, childName(executor.metadata.name)),
  };
}

/**
 * Sight of one object, a place to publish one certificate, the Lease of the Secret in force; nothing
 * else (promise 3). Leases have no owner: they must outlive every executor that held them.
 */
export function role(executor: TradingExecutor, credentials: string | undefined): Child {
  const { name } = executor.metadata;
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: metadata(executor, childName(name)),
    rules: [
      {
        apiGroups: [GROUP],
        resources: [EXECUTORS],
        resourceNames: [name],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: [trustName(name)],
        verbs: ['get', 'patch'],
      },
      ...(credentials === undefined ? [] : [leaseRule(credentials), ownNamespace(executor)]),
    ],
  };
}

/** No `create`: it cannot be limited to a name. The operator makes the Lease. */
const leaseRule = (credentials: string) => ({
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  resourceNames: [credentialLeaseName(credentials)],
  verbs: ['get', 'update'],
});

/** A pod that is asked to stop must know whether its namespace goes: then nobody cancels after it. */
const ownNamespace = ({ metadata }: TradingExecutor) => ({
  ...{ apiGroups: [''], resources: ['namespaces'], resourceNames: [metadata.namespace] },
  verbs: ['get'],
});

export function roleBinding(executor: TradingExecutor): Child {
  const account = childName(executor.metadata.name);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: metadata(executor, account),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: executor.metadata.namespace }],
  };
}
