import { EXECUTORS, type ExecutorKey, GROUP, INCIDENTS, VERSION } from '../names.ts';

export interface ResourcePath {
  /** `v1` for the core group, else `group/version`. */
  readonly apiVersion: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The path of one object, or of a list when `name` is left out. */
export function resourcePath(to: ResourcePath): string {
  const parts = [to.apiVersion.includes('/') ? '/apis' : '/api', to.apiVersion];
  if (to.namespace !== undefined) parts.push('namespaces', encodeURIComponent(to.namespace));
  parts.push(to.resource);
  if (to.name !== undefined) parts.push(encodeURIComponent(to.name));
  if (to.subresource !== undefined) parts.push(to.subresource);
  return parts.join('/');
}

const OWN = `${GROUP}/${VERSION}`;

/** TradingExecutors of one namespace, or of all. */
export const executorsPath = (namespace?: string): string =>
  resourcePath({ apiVersion: OWN, resource: EXECUTORS, namespace });

export const executorPath = (key: ExecutorKey, subresource?: 'status'): string =>
  resourcePath({ apiVersion: OWN, resource: EXECUTORS, ...key, subresource });

/** TradingIncidents of one namespace, or of all. */
export const incidentsPath = (namespace?: string): string =>
  resourcePath({ apiVersion: OWN, resource: INCIDENTS, namespace });

export const incidentPath = (key: ExecutorKey, subresource?: 'status'): string =>
  resourcePath({ apiVersion: OWN, resource: INCIDENTS, ...key, subresource });

/** The Leases of a namespace, or one of them. */
export const leasePath = (namespace: string, name?: string): string =>
  resourcePath({ apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace, name });

/** Core group: `corePath('pods', 'team')`, `corePath('configmaps', 'team', 'name')`. */
export const corePath = (resource: string, namespace?: string, name?: string): string =>
  resourcePath({ apiVersion: 'v1', resource, namespace, name });
