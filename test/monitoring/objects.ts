import { versions } from '../toolchain/versions.ts';
import { MONITORING_IMAGES } from './images.ts';

/** NodePorts, open where the cluster runs. */
export const PROMETHEUS_PORT = 31_000;
export const ALERTMANAGER_PORT = 31_001;
export const MONITORING_NAMESPACE = 'monitoring';

export interface MonitoringOptions {
  /** Prometheus durations, e.g. `2s`. A ServiceMonitor's own interval wins. */
  readonly scrapeInterval: string;
  readonly evaluationInterval: string;
}

/** Short, so that a demo and its tests need not wait minutes for an alert. */
export const QUICK: MonitoringOptions = { scrapeInterval: '2s', evaluationInterval: '1s' };

const EVERYTHING = {};

/** One Prometheus and one Alertmanager that take the monitors, rules and routes of all namespaces. */
export function stackObjects(options: MonitoringOptions): readonly unknown[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named('prometheus') },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'prometheus' },
      rules: READS,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'prometheus' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'prometheus' },
      subjects: [{ kind: 'ServiceAccount', ...named('prometheus') }],
    },
    prometheus(options),
    alertmanager(),
    monitorOf('prometheus-operated', { 'operated-prometheus': 'true' }),
    monitorOf('alertmanager-operated', { 'operated-alertmanager': 'true' }),
    nodePort('prometheus-open', 'prometheus', 9090, PROMETHEUS_PORT),
    nodePort('alertmanager-open', 'alertmanager', 9093, ALERTMANAGER_PORT),
  ];
}

const named = (name: string) => ({ name, namespace: MONITORING_NAMESPACE });

const READS = [
  {
    apiGroups: [''],
    resources: ['nodes', 'services', 'endpoints', 'pods'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    apiGroups: ['discovery.k8s.io'],
    resources: ['endpointslices'],
    verbs: ['get', 'list', 'watch'],
  },
  { nonResourceURLs: ['/metrics'], verbs: ['get'] },
];

const AS_NOBODY = { runAsUser: 65534, runAsNonRoot: true, fsGroup: 65534 };

/**
 * The reloader of this Prometheus Operator misses the file events of a mounted Secret and then looks
 * again after 3 min; it has no setting for that but its arguments, given here whole.
 */
const reloader = (...args: readonly string[]) => [
  {
    name: 'config-reloader',
    args: ['--listen-address=:8080', '--watch-interval=2s', ...args],
  },
];

const prometheus = (options: MonitoringOptions) => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'Prometheus',
  metadata: named('trading'),
  spec: {
    replicas: 1,
    version: versions.prometheus,
    image: MONITORING_IMAGES.prometheus,
    imagePullPolicy: 'IfNotPresent',
    serviceAccountName: 'prometheus',
    securityContext: AS_NOBODY,
    scrapeInterval: options.scrapeInterval,
    evaluationInterval: options.evaluationInterval,
    retention: '6h',
    enableAdminAPI: true, // tests forget the series of a desk that they make anew
    serviceMonitorSelector: EVERYTHING,
    serviceMonitorNamespaceSelector: EVERYTHING,
    podMonitorSelector: EVERYTHING,
    podMonitorNamespaceSelector: EVERYTHING,
    ruleSelector: EVERYTHING,
    ruleNamespaceSelector: EVERYTHING,
    containers: reloader(
      '--reload-url=http://localhost:9090/-/reload',
      '--config-file=/etc/prometheus/config/prometheus.yaml.gz',
      '--config-envsubst-file=/etc/prometheus/config_out/prometheus.env.yaml',
      '--watched-dir=/etc/prometheus/rules/prometheus-trading-rulefiles-0',
    ),
    alerting: {
      alertmanagers: [{ ...named('alertmanager-operated'), port: 'web', apiVersion: 'v2' }],
    },
  },
});

const alertmanager = () => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'Alertmanager',
  metadata: named('trading'),
  spec: {
    replicas: 1,
    version: versions.alertmanager,
    image: MONITORING_IMAGES.alertmanager,
    imagePullPolicy: 'IfNotPresent',
    securityContext: AS_NOBODY,
    containers: reloader(
      '--web-config-file=/etc/alertmanager/web_config/web-config.yaml',
      '--reload-url=http://localhost:9093/-/reload',
      '--config-file=/etc/alertmanager/config/alertmanager.yaml.gz',
      '--config-envsubst-file=/etc/alertmanager/config_out/alertmanager.env.yaml',
      '--watched-dir=/etc/alertmanager/config',
    ),
    alertmanagerConfigSelector: EVERYTHING,
    alertmanagerConfigNamespaceSelector: EVERYTHING,
    // otherwise only alerts of the route's own namespace reach its receiver
    alertmanagerConfigMatcherStrategy: { type: 'None' },
  },
});

const monitorOf = (name: string, matchLabels: Record<string, string>) => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  metadata: named(name),
  spec: { selector: { matchLabels }, endpoints: [{ port: 'web' }] },
});

const nodePort = (name: string, program: string, port: number, open: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: named(name),
  spec: {
    type: 'NodePort',
    selector: { 'app.kubernetes.io/name': program },
    ports: [{ name: 'open', port, nodePort: open }],
  },
});
