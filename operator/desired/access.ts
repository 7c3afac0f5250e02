import { childName, EXECUTORS, GROUP, trustName } from '../../crds/names.ts';
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

/** Sight of one object and a place to publish one certificate; nothing else (promise 3). */
export function role(executor: TradingExecutor): Child {
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
    ],
  };
}

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
