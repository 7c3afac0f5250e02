import {
  CALENDAR_FOLDER,
  childName,
  EXECUTOR_PROBE_PORT,
  EXECUTOR_TLS_PORT,
  GROUP,
} from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type Release, releaseInForce } from '../rollout/release.ts';
import { type Child, labels, metadata, type Settings, selector } from './child.ts';
import { digest } from './digest.ts';

/** Inputs the pod reads from the object but cannot change while it runs: a new value rolls it. */
export const ROLLED_BY_ANNOTATION = `${GROUP}/rolled-by`;
export const CREDENTIALS_VOLUME = 'credentials';
export const CREDENTIALS_ENV = 'CREDENTIALS_SECRET';
const CREDENTIALS_FOLDER = `/var/run/secrets/${GROUP}/venue`;
const STORE_VOLUME = 'store';
const STORE_FOLDER = `/var/run/secrets/${GROUP}/store`;
const CALENDAR_VOLUME = 'calendar';
const USER = 65_532;
/** SIGTERM drains: venue calls end within their timeout (at most 30 s). */
const DRAIN_SECONDS = 30;
/**
 * Measured: 170 MB resident on paper without a feed, 225 MB in trickle with journal, feed and 300 open
 * orders. A pod above its request is the first to be evicted.
 */
const DEFAULT_RESOURCES = {
  requests: { cpu: '50m', memory: '256Mi' },
  limits: { memory: '512Mi' },
};

/** One pod, its volume kept. `credentials` names the Secret in force, which may lag the spec. */
export function statefulSet(
  executor: TradingExecutor,
  settings: Settings,
  credentials: string | undefined,
): Child {
  const { name } = executor.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(executor, childName(name)),
    spec: {
      replicas: 1,
      serviceName: childName(name),
      // Parallel: a broken pod must not keep its repaired template from being rolled out.
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      revisionHistoryLimit: 5,
      selector: { matchLabels: selector(name) },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: {
        metadata: {
          labels: labels(name),
          annotations: { [ROLLED_BY_ANNOTATION]: rolledBy(executor, credentials) },
        },
        spec: podSpec(executor, settings, credentials),
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    },
  };
}

function rolledBy(executor: TradingExecutor, credentials: string | undefined): string {
  const { venue, store } = executor.spec;
  const { credentialsSecretRef: _declared, ...rest } = venue;
  const { keepFor: _live, ...place } = store;
  return digest(JSON.stringify([rest, place, credentials ?? null]));
}

function podSpec(
  executor: TradingExecutor,
  settings: Settings,
  credentials: string | undefined,
): unknown {
  const storeSecret = executor.spec.store.secretRef?.name;
  const secrets = [
    ...(credentials === undefined ? [] : [secret(CREDENTIALS_VOLUME, credentials)]),
    ...(storeSecret === undefined ? [] : [secret(STORE_VOLUME, storeSecret)]),
  ];
  return {
    serviceAccountName: childName(executor.metadata.name),
    ...pullSecrets(settings),
    terminationGracePeriodSeconds: DRAIN_SECONDS,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(executor, settings, { credentials, storeSecret })],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }, ...secrets, ...calendar(executor)],
  };
}

const pullSecrets = ({ executorPullSecrets: names = [] }: Settings) =>
  names.length === 0 ? {} : { imagePullSecrets: names.map((name) => ({ name })) };

/** Optional: a missing Secret shuts the gate and heals; it does not keep the pod from starting. */
const secret = (name: string, secretName: string) => ({
  name,
  secret: { secretName, optional: true },
});

/** Optional too: without it the calendar that the executor was built with is in force. */
function calendar({ spec }: TradingExecutor): readonly unknown[] {
  const name = spec.venue.calendarConfigMapRef?.name;
  return name === undefined ? [] : [{ name: CALENDAR_VOLUME, configMap: { name, optional: true } }];
}

function container(
  executor: TradingExecutor,
  settings: Settings,
  mounted: { credentials: string | undefined; storeSecret: string | undefined },
): unknown {
  const { name, namespace } = executor.metadata;
  const release = releaseInForce(executor, settings);
  return {
    name: 'executor',
    image: release.image,
    env: [
      { name: 'EXECUTOR_NAMESPACE', value: namespace },
      { name: 'EXECUTOR_NAME', value: name },
      { name: 'POD_NAME', valueFrom: field('metadata.name') },
      { name: 'POD_IP', valueFrom: field('status.podIP') },
      { name: 'OPERATOR_SERVICE_ACCOUNT', value: settings.operatorServiceAccount },
      // Names the Lease to hold; the Role allows no other.
      ...(mounted.credentials === undefined
        ? []
        : [{ name: CREDENTIALS_ENV, value: mounted.credentials }]),
    ],
    ports: [
      { name: 'https', containerPort: EXECUTOR_TLS_PORT, protocol: 'TCP' },
      { name: 'metrics', containerPort: EXECUTOR_PROBE_PORT, protocol: 'TCP' },
    ],
    startupProbe: probe('/livez', { periodSeconds: 1, failureThreshold: 120 }),
    livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 3 }),
    resources: resources(release),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'data', mountPath: '/var/lib/executor' },
      { name: 'tmp', mountPath: '/tmp' },
      ...(mounted.credentials === undefined ? [] : [mount(CREDENTIALS_VOLUME, CREDENTIALS_FOLDER)]),
      ...(mounted.storeSecret === undefined ? [] : [mount(STORE_VOLUME, STORE_FOLDER)]),
      ...calendar(executor).map(() => mount(CALENDAR_VOLUME, CALENDAR_FOLDER)),
    ],
  };
}

const field = (fieldPath: string) => ({ fieldRef: { apiVersion: 'v1', fieldPath } });
const mount = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });

const probe = (path: string, times: { periodSeconds: number; failureThreshold: number }) => ({
  httpGet: { path, port: 'metrics', scheme: 'HTTP' },
  timeoutSeconds: 5,
  ...times,
});

/** A default yields to a bound the spec sets for the same resource, or a pod could not be valid. */
function resources(release: Release): unknown {
  const { requests = {}, limits = {} } = release.resources ?? {};
  return {
    requests: { ...without(DEFAULT_RESOURCES.requests, limits), ...asText(requests) },
    limits: { ...without(DEFAULT_RESOURCES.limits, requests), ...asText(limits) },
  };
}

const without = (defaults: Readonly<Record<string, string>>, set: object) =>
  Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in set)));

/** The API server stores quantities as text, however they were written. */
const asText = (amounts: object) =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)]));
