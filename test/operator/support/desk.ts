import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { pino } from 'pino';
import { systemClock } from '../../../crds/clock.ts';
import { type KubeConnection, kubeconfigConnection } from '../../../crds/kube/connection.ts';
import { executorPath, executorsPath } from '../../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { parseConfig } from '../../../operator/config.ts';
import { type Operator, startOperator } from '../../../operator/operator.ts';
import { type ApiServer, startApiServer } from '../../api-server/api-server.ts';
import { type Certificate, makeAuthority, makeCertificate } from '../../api-server/certificates.ts';

const CRDS = ['trading-executor', 'trading-incident'];
const root = join(import.meta.dirname, '../../..');

/** An API server with our CRDs, and operators to run against it. */
export interface Desk {
  readonly server: ApiServer;
  readonly authority: Certificate;
  readonly folder: string;
  /** `more` are flags besides those of the desk. */
  operator(
    identity: string,
    more?: readonly string[],
    connection?: KubeConnection,
  ): Promise<Operator>;
  declare(namespace: string, name: string, spec?: object): Promise<TradingExecutor>;
  get(namespace: string, name: string): Promise<TradingExecutor>;
  patch(namespace: string, name: string, patch: object): Promise<TradingExecutor>;
  close(): Promise<void>;
}

export async function openDesk(): Promise<Desk> {
  const server = await startApiServer({ statefulSets: true });
  const { folder, authority } = await operatorFolder();
  await installCrds(server);
  const running: Operator[] = [];
  const merge = { contentType: 'application/merge-patch+json' };
  return {
    server,
    authority,
    folder,
    async operator(identity, more = [], connection = undefined) {
      const operator = await runOperator({ server, folder, identity, connection }, more);
      running.push(operator);
      return operator;
    },
    async declare(namespace, name, spec = {}) {
      const made = await server.request('POST', executorsPath(namespace), {
        apiVersion: 'spark.trading/v1alpha1',
        kind: 'TradingExecutor',
        metadata: { namespace, name },
        spec: { venue: { name: 'btcturk' }, ...spec },
      });
      if (made.status !== 201) throw new Error(`not created: ${JSON.stringify(made.body)}`);
      return made.body;
    },
    async get(namespace, name) {
      return (await server.request('GET', executorPath({ namespace, name }))).body;
    },
    async patch(namespace, name, patch) {
      const path = executorPath({ namespace, name });
      const done = await server.request('PATCH', path, patch, merge);
      if (done.status !== 200) throw new Error(`not patched: ${JSON.stringify(done.body)}`);
      return done.body;
    },
    async close() {
      await Promise.all(running.map((operator) => operator.stop().catch(() => undefined)));
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What an operator has mounted: certificate and tokens. */
export async function operatorFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'operator-desk-'));
  const authority = await makeAuthority(folder, 'authority');
  const serving = await makeCertificate(authority, 'tls', '/CN=operator', ['DNS:localhost']);
  await writeFile(join(folder, 'tls.crt'), await readFile(serving.certPath));
  await writeFile(join(folder, 'tls.key'), await readFile(serving.keyPath));
  await writeFile(join(folder, 'token'), 'operator-token');
  await writeFile(join(folder, 'webhook'), 'webhook-token');
  return { folder, authority };
}

interface Place {
  readonly server: Pick<ApiServer, 'kubeconfigPath'>;
  readonly folder: string;
  readonly identity: string;
  /** Its way to the API server, where it is not an ordinary one. */
  readonly connection?: KubeConnection | undefined;
}

/** How an operator is told of a folder that `operatorFolder` made, and of the API server. */
export function operatorFlags({ server, folder }: Pick<Place, 'server' | 'folder'>): string[] {
  const flags = {
    'executor-image': 'executor:test',
    'operator-service-account': 'system/operator',
    'lease-namespace': 'default',
    'tls-dir': folder,
    'evidence-dir': folder,
    'executor-token-file': join(folder, 'token'),
    'webhook-token-file': join(folder, 'webhook'),
    kubeconfig: server.kubeconfigPath,
    'https-port': '0',
    'http-port': '0',
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** An operator in this process, with the rights of the kubeconfig. */
export async function runOperator(
  { server, folder, identity, connection }: Place,
  more: readonly string[],
): Promise<Operator> {
  const parsed = parseConfig([...operatorFlags({ server, folder }), ...more], {});
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return startOperator({
    config: parsed.config,
    connection: connection ?? kubeconfigConnection(await readFile(server.kubeconfigPath, 'utf8')),
    clock: systemClock,
    random: Math.random,
    identity,
    log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
  });
}

async function installCrds(server: ApiServer): Promise<void> {
  for (const name of CRDS) {
    const crd = load(await readFile(join(root, 'crds', `${name}.yaml`), 'utf8'));
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const made = await server.request('POST', path, crd);
    if (made.status !== 201) throw new Error(`CRD ${name}: ${JSON.stringify(made.body)}`);
  }
  await until('the CRDs are served', async () => {
    const { status } = await server.request('GET', executorsPath());
    return status === 200;
  });
}

/** Waits until `holds` returns something true, asking ten times a second. */
export async function until<T>(
  what: string,
  holds: () => Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await holds();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end)
      throw new Error(`in ${timeoutMs} ms it did not happen that ${what}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
