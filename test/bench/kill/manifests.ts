import { EXECUTORS, GROUP } from '../../../crds/names.ts';
import { PROGRAMS } from '../../cluster/images.ts';
import type { DriverSetup } from './driver-process.ts';
import { NATS_IMAGE } from './nats-image.ts';
import { FLOOR_GROUP } from './twin.ts';

export const NAMESPACE = 'kill-bench';
export const CALLER = 'strategy';
export const NATS_PORT = 4222;
export const REPLICAS = 'replicas';
export const SWITCH = 'switch';
const DRIVER = 'driver';
const SCRIPTS = 'scripts';
const NODE = '/nodejs/bin/node';
const VENUE = 'btcturk-simulator.venue.svc:8080';

const metadata = (name: string) => ({ name, namespace: NAMESPACE });
const securityContext = {
  ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  capabilities: { drop: ['ALL'] },
};
const podSecurity = {
  ...{ runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
};
const scripts = { name: 'scripts', configMap: { name: SCRIPTS } };
const mount = { name: 'scripts', mountPath: '/bench', readOnly: true };

/** Namespace, accounts and rights, scripts, NATS, and the file that is a switch. */
export function furniture(files: Readonly<Record<string, string>>): readonly object[] {
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(CALLER) },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(DRIVER) },
    ...rights(),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(SCRIPTS), data: files },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(SWITCH), data: { kill: 'none' } },
    nats(),
  ];
}

function rights(): readonly object[] {
  const rules = [
    {
      apiGroups: [GROUP, FLOOR_GROUP],
      resources: [EXECUTORS, `${EXECUTORS}/status`],
      verbs: ['get', 'list', 'watch', 'create', 'patch'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
    {
      apiGroups: [''],
      resources: ['serviceaccounts/token'],
      resourceNames: [CALLER],
      verbs: ['create'],
    },
  ];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: DRIVER };
  const subjects = [{ kind: 'ServiceAccount', name: DRIVER, namespace: NAMESPACE }];
  return [
    { apiVersion, kind: 'Role', metadata: metadata(DRIVER), rules },
    { apiVersion, kind: 'RoleBinding', metadata: metadata(DRIVER), roleRef, subjects },
  ];
}

const nats = () => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata('nats'),
  spec: {
    automountServiceAccountToken: false,
    securityContext: podSecurity,
    containers: [
      {
        ...{ name: 'nats', image: NATS_IMAGE, imagePullPolicy: 'IfNotPresent', securityContext },
        args: ['-p', String(NATS_PORT)],
        ports: [{ containerPort: NATS_PORT }],
        readinessProbe: { tcpSocket: { port: NATS_PORT }, periodSeconds: 1 },
      },
    ],
  },
});

/** An executor on paper that asks for little, so that fifty fit on a small machine. */
export const executor = (name: string) => ({
  apiVersion: `${GROUP}/v1alpha1`,
  kind: 'TradingExecutor',
  metadata: metadata(name),
  spec: {
    mode: 'paper',
    venue: { name: 'btcturk', baseUrl: `http://${VENUE}`, feedUrl: `ws://${VENUE}/` },
    resources: { requests: { cpu: '5m', memory: '64Mi' }, limits: { memory: '512Mi' } },
    callers: [{ serviceAccount: { namespace: NAMESPACE, name: CALLER }, role: 'trader' }],
  },
});

/** The pod that kills so many and measures it; it ends with its last round. */
export const driver = (setup: Omit<DriverSetup, 'namespace' | 'account'>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(`${DRIVER}-${setup.names.length}`),
  spec: {
    restartPolicy: 'Never',
    serviceAccountName: DRIVER,
    securityContext: podSecurity,
    volumes: [scripts],
    containers: [
      {
        ...{ name: 'driver', image: PROGRAMS.executor.image, imagePullPolicy: 'IfNotPresent' },
        ...{ securityContext, volumeMounts: [mount] },
        command: [NODE, '/bench/driver-process.mjs'],
        args: [JSON.stringify({ ...setup, namespace: NAMESPACE, account: CALLER })],
      },
    ],
  },
});

/** So many pods that mount the switch; a new `kill` in their environment replaces them all. */
export const replicas = (count: number, kill: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata(REPLICAS),
  spec: {
    replicas: count,
    selector: { matchLabels: { app: REPLICAS } },
    template: {
      metadata: { labels: { app: REPLICAS } },
      spec: {
        automountServiceAccountToken: false,
        securityContext: podSecurity,
        volumes: [scripts, { name: 'switch', configMap: { name: SWITCH } }],
        containers: [
          {
            ...{ name: 'replica', image: PROGRAMS.executor.image, securityContext },
            imagePullPolicy: 'IfNotPresent',
            command: [NODE, '/bench/replica-process.mjs', '/switch/kill'],
            env: [{ name: 'KILL', value: kill }],
            resources: { requests: { cpu: '1m', memory: '16Mi' } },
            volumeMounts: [mount, { name: 'switch', mountPath: '/switch', readOnly: true }],
          },
        ],
      },
    },
  },
});
