import type { ChildKind } from '../desired/child.ts';

export interface Kind {
  readonly apiVersion: string;
  /** Plural, lower case: as in paths. */
  readonly resource: string;
}

export const KINDS: Readonly<Record<ChildKind, Kind>> = {
  ServiceAccount: { apiVersion: 'v1', resource: 'serviceaccounts' },
  Role: { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'roles' },
  RoleBinding: { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'rolebindings' },
  ConfigMap: { apiVersion: 'v1', resource: 'configmaps' },
  Service: { apiVersion: 'v1', resource: 'services' },
  StatefulSet: { apiVersion: 'apps/v1', resource: 'statefulsets' },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', resource: 'networkpolicies' },
  ServiceMonitor: { apiVersion: 'monitoring.coreos.com/v1', resource: 'servicemonitors' },
};
