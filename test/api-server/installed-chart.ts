import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { chart } from '../alerts/helm.ts';
import { until } from '../operator/support/desk.ts';
import { run } from '../setup/command.ts';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import { findGo, goModule } from '../toolchain/go.ts';
import { versions } from '../toolchain/versions.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from './api-server.ts';
import type { Answer } from './request.ts';

/** The release `desk` in namespace `trading`; executors live in namespace `desk`. */
export const FULL_NAME = 'desk-trading-executor-operator';
export const EXECUTORS = '/apis/spark.trading/v1alpha1/namespaces/desk/tradingexecutors';
export const MERGE = { contentType: 'application/merge-patch+json' };
export const TRICKLE = {
  mode: 'trickle',
  venue: { name: 'btcturk', credentialsSecretRef: { name: 'key' } },
};

/** Our chart, installed by Helm with all it can make on an API server that has no nodes. */
export interface InstalledChart {
  readonly server: ApiServer;
  helm(...words: string[]): Promise<string>;
  post(path: string, body: object, more?: { token?: string }): Promise<Answer>;
  /** A token of a ServiceAccount, in namespace `trading` unless another is named. */
  token(account: string, namespace?: string): Promise<string>;
  /** Makes a ServiceAccount bound to ClusterRoles where the executors live; returns its token. */
  person(name: string, roles: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export interface ChartOptions {
  /** A chart's folder; default ours. */
  readonly chart?: string;
  /** As of `helm install --set`. */
  readonly set?: string;
  readonly server?: ApiServerOptions;
}

export async function installChart(options: ChartOptions = {}): Promise<InstalledChart> {
  await ensureBinaries(['helm', 'kubectl'], () => undefined);
  const server = await startApiServer(options.server ?? { controllers: false });
  const folder = await mkdtemp(join(tmpdir(), 'trading-chart-'));
  const installed = installation(server, folder);
  try {
    await installMonitoringKinds(server);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    for (const name of ['desk', 'trading']) {
      await installed.post('/api/v1/namespaces', { metadata: { name, labels } });
    }
    const set = options.set ?? 'monitoring.enabled=true';
    await installed.helm('install', 'desk', options.chart ?? chart, '--set', set);
  } catch (error) {
    await installed.stop();
    throw error;
  }
  return installed;
}

function installation(server: ApiServer, folder: string): InstalledChart {
  const where = ['--kubeconfig', server.kubeconfigPath, '--namespace', 'trading'];
  const env = Object.fromEntries(
    ['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, join(folder, kind)]),
  );
  const post: InstalledChart['post'] = (path, body, more = {}) =>
    server.request('POST', path, body, more);
  const token = async (account: string, namespace = 'trading'): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const apiVersion = 'authentication.k8s.io/v1';
    const { body } = await post(path, { apiVersion, kind: 'TokenRequest', spec: {} });
    return body.status.token;
  };
  return {
    server,
    post,
    token,
    helm: (...words) => run([binary('helm'), ...words, ...where], { env }),
    async person(name, roles) {
      await post('/api/v1/namespaces/trading/serviceaccounts', { metadata: { name } });
      for (const role of roles) {
        await post('/apis/rbac.authorization.k8s.io/v1/namespaces/desk/rolebindings', {
          metadata: { name: `${name}-${role}` },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ kind: 'ServiceAccount', name, namespace: 'trading' }],
        });
      }
      return token(name);
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The kinds of Prometheus Operator that the chart makes, established. */
async function installMonitoringKinds(server: ApiServer): Promise<void> {
  const module = 'github.com/prometheus-operator/prometheus-operator';
  const { Dir } = await goModule(await findGo(), module, versions.prometheusOperator);
  const names = ['servicemonitors', 'prometheusrules', 'alertmanagerconfigs'];
  const all = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const name of names) {
    const path = `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`;
    const kind = load(await readFile(join(Dir, path), 'utf8')) as object;
    await server.request('POST', all, kind);
  }
  // Not by kubectl wait: it gives up on an object that has no conditions yet.
  const isThere = async (name: string) => {
    const { body } = await server.request('GET', `${all}/${name}.monitoring.coreos.com`);
    const conditions: { type: string; status: string }[] = body.status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  };
  for (const name of names) {
    await until(`${name} are established`, () => isThere(name), 30_000);
  }
}

/** A TradingExecutor as a person would declare it. */
export const executor = (name: string, spec: object, annotations: object = {}) => ({
  apiVersion: 'spark.trading/v1alpha1',
  kind: 'TradingExecutor',
  metadata: { name, annotations },
  spec,
});
