import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Kubectl } from '../cluster/cluster.ts';
import { kubectlOf } from '../cluster/kubectl.ts';
import type { Progress } from '../setup/steps.ts';
import { artefact, cached } from '../toolchain/cache.ts';
import { findGo, goModule } from '../toolchain/go.ts';
import { versions } from '../toolchain/versions.ts';
import { loadMonitoringImages } from './images.ts';
import { MONITORING_NAMESPACE, type MonitoringOptions, stackObjects } from './objects.ts';

const READY_MS_MAX = 180_000;
const POLL_MS = 500;
const DIGEST = 'spark.trading/content';

/**
 * Installs Prometheus Operator, one Prometheus and one Alertmanager into namespace `monitoring`,
 * and returns when Prometheus scrapes itself and Alertmanager. Costs about a second when it is there.
 */
export async function installMonitoring(
  cluster: Cluster,
  options: MonitoringOptions,
  progress: Progress,
): Promise<void> {
  const kubectl = kubectlOf(cluster);
  const operator = await operatorManifest(progress);
  const stack = stackObjects(options);
  const digest = createHash('sha256').update(operator).update(JSON.stringify(stack)).digest('hex');
  if ((await installedDigest(kubectl)) === digest && (await scrapes(kubectl))) return;
  await loadMonitoringImages(cluster, progress);
  progress('installing Prometheus Operator');
  const applied = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
  await kubectl(applied, JSON.stringify(namespace()));
  await kubectl(applied, operator);
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...CRDS]);
  progress('installing Prometheus and Alertmanager');
  await kubectl(applied, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: stack }));
  const rollout = [
    'rollout',
    'status',
    '-n',
    MONITORING_NAMESPACE,
    'deployment/prometheus-operator',
  ];
  await kubectl([...rollout, '--timeout=120s']);
  progress('waiting until Prometheus scrapes itself and Alertmanager');
  await untilScraping(kubectl);
  await kubectl([
    'annotate',
    '--overwrite',
    'namespace',
    MONITORING_NAMESPACE,
    `${DIGEST}=${digest}`,
  ]);
}

const CRDS = [
  'prometheuses',
  'alertmanagers',
  'servicemonitors',
  'prometheusrules',
  'alertmanagerconfigs',
].map((name) => `crd/${name}.monitoring.coreos.com`);

const namespace = () => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: MONITORING_NAMESPACE },
});

/** The operator's own manifest from its release, moved into our namespace. */
async function operatorManifest(progress: Progress): Promise<string> {
  const version = versions.prometheusOperator;
  const path = await artefact(cached('monitoring', `bundle-${version}.yaml`), async (temporary) => {
    progress('fetching the manifest of Prometheus Operator');
    const module = 'github.com/prometheus-operator/prometheus-operator';
    const { Dir } = await goModule(await findGo(), module, version);
    await writeFile(temporary, await readFile(join(Dir, 'bundle.yaml')));
  });
  const released = await readFile(path, 'utf8');
  return released.replaceAll(/^ {2}namespace: default$/gm, `  namespace: ${MONITORING_NAMESPACE}`);
}

async function installedDigest(kubectl: Kubectl): Promise<string | undefined> {
  const asked = ['get', 'namespace', MONITORING_NAMESPACE, '--ignore-not-found', '-o', 'json'];
  const answered = await kubectl(asked);
  return answered === '' ? undefined : JSON.parse(answered).metadata.annotations?.[DIGEST];
}

/** An instant query, through the API server. Returns the vector's label sets and values. */
export async function query(kubectl: Kubectl, expression: string): Promise<Sample[]> {
  const service = `/api/v1/namespaces/${MONITORING_NAMESPACE}/services/http:prometheus-operated:9090`;
  const path = `${service}/proxy/api/v1/query?query=${encodeURIComponent(expression)}`;
  const { data } = JSON.parse(await kubectl(['get', '--raw', path]));
  return data.result.map((one: { metric: Record<string, string>; value: [number, string] }) => ({
    labels: one.metric,
    value: Number(one.value[1]),
  }));
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** True when Prometheus has seen itself and Alertmanager up. */
async function scrapes(kubectl: Kubectl): Promise<boolean> {
  const up = await query(kubectl, `up{namespace="${MONITORING_NAMESPACE}"} == 1`).catch(() => []);
  return ['prometheus-operated', 'alertmanager-operated'].every((service) =>
    up.some(({ labels }) => labels.service === service),
  );
}

async function untilScraping(kubectl: Kubectl): Promise<void> {
  const deadline = performance.now() + READY_MS_MAX;
  while (!(await scrapes(kubectl))) {
    if (performance.now() > deadline) {
      const pods = await kubectl(['get', 'pods', '-n', MONITORING_NAMESPACE, '-o', 'wide']);
      const events = await kubectl(['get', 'events', '-n', MONITORING_NAMESPACE]);
      throw new Error(`Prometheus does not scrape itself and Alertmanager:\n${pods}\n${events}`);
    }
    await sleep(POLL_MS);
  }
}
