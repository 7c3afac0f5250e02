import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import {
  type Certificate,
  inBase64,
  makeAuthority,
  makeCertificate,
  makeTokenKey,
} from './certificates.ts';
import { Child, freePorts } from './child.ts';

export interface ApiServerOptions {
  /** Run kube-controller-manager: garbage collection, ServiceAccounts, StatefulSets. Default true. */
  readonly controllers?: boolean;
  /** Let the StatefulSet controller make pods (they stay Pending: there is no node). Default false. */
  readonly statefulSets?: boolean;
  /** More flags for kube-apiserver, e.g. `--v=4`. */
  readonly apiServerFlags?: readonly string[];
}

export interface Answer {
  readonly status: number;
  /** The decoded JSON object, or the text when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: an object of any kind, judged by the test that asked
  readonly body: any;
}

/** A real kube-apiserver over etcd on loopback, without nodes. Each start is an empty cluster. */
export interface ApiServer {
  readonly origin: string;
  readonly kubeconfigPath: string;
  readonly caPem: string;
  readonly caPath: string;
  /** A bearer token of the group system:masters. */
  readonly adminToken: string;
  /** The issuer in ServiceAccount tokens; keys under `/openid/v1/jwks`. */
  readonly issuer: string;
  /** One request as admin (or with `token`); objects go as JSON, patches by their content type. */
  request(method: string, path: string, body?: unknown, more?: RequestExtra): Promise<Answer>;
  /** Freezes kube-apiserver: connections stay open and nobody answers. */
  pause(): void;
  resume(): void;
  /** Ends kube-apiserver (connections break) and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends kube-apiserver and leaves it down until `restart`. */
  kill(): Promise<void>;
  /** Ends everything and deletes the folder. */
  stop(): Promise<void>;
}

export interface RequestExtra {
  readonly contentType?: string;
  readonly token?: string;
}

const READY_MS_MAX = 60_000;
const READY_POLL_MS = 50;
const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Boots etcd, kube-apiserver and kube-controller-manager; ready in about four seconds. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const wanted = options.controllers ?? true;
  await ensureBinaries(
    ['etcd', 'kube-apiserver', ...(wanted ? (['kube-controller-manager'] as const) : [])],
    () => undefined,
  );
  const folder = await mkdtemp(join(tmpdir(), 'trading-api-server-'));
  const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
  const keys = await makeKeys(folder);
  const origin = `https://127.0.0.1:${apiPort}`;
  const adminToken = randomBytes(24).toString('hex');
  await writeFile(join(folder, 'tokens.csv'), `${adminToken},admin,admin,system:masters\n`);
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, await kubeconfig(origin, keys), { mode: 0o600 });

  const child = (name: string, argv: string[]) =>
    new Child(name, argv, join(folder, `${name}.log`));
  const etcd = child('etcd', etcdArgv(folder, etcdPort, peerPort));
  const api = child('kube-apiserver', [
    ...apiServerArgv(folder, keys, { etcdPort, apiPort }),
    ...(options.apiServerFlags ?? []),
  ]);
  const controllers = child(
    'kube-controller-manager',
    controllerArgv(kubeconfigPath, keys, options),
  );
  const caPem = await readFile(keys.authority.certPath, 'utf8');
  const request = requester(origin, caPem, adminToken);
  const stop = async (): Promise<void> => {
    await Promise.all([controllers.stop('SIGKILL'), api.stop('SIGKILL'), etcd.stop('SIGKILL')]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    etcd.start();
    api.start();
    await ready(request, [etcd, api]);
    if (wanted) {
      controllers.start();
      await defaultAccount(request, [etcd, api, controllers]);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin,
    kubeconfigPath,
    caPem,
    caPath: keys.authority.certPath,
    adminToken,
    issuer: ISSUER,
    request,
    pause: () => api.signal('SIGSTOP'),
    resume: () => api.signal('SIGCONT'),
    kill: () => api.stop('SIGKILL'),
    async restart() {
      await api.stop('SIGTERM');
      api.start();
      await ready(request, [etcd, api]);
    },
    stop,
  };
}

interface Keys {
  readonly authority: Certificate;
  readonly server: Certificate;
  readonly admin: Certificate;
  readonly frontProxy: Certificate;
  readonly tokens: { readonly publicPath: string; readonly privatePath: string };
}

async function makeKeys(folder: string): Promise<Keys> {
  const keyFolder = join(folder, 'keys');
  await mkdir(keyFolder);
  const [authority, frontProxy, tokens] = await Promise.all([
    makeAuthority(keyFolder, 'cluster'),
    makeAuthority(keyFolder, 'front-proxy'),
    makeTokenKey(keyFolder),
  ]);
  const names = ['IP:127.0.0.1', 'DNS:localhost', 'DNS:kubernetes.default.svc'];
  const server = await makeCertificate(authority, 'server', '/CN=kube-apiserver', names);
  const admin = await makeCertificate(authority, 'admin', '/O=system:masters/CN=admin');
  return { authority, server, admin, frontProxy, tokens };
}

function etcdArgv(folder: string, port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    binary('etcd'),
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync', // the data lives as long as one test
  ];
}

function apiServerArgv(
  folder: string,
  keys: Keys,
  ports: { readonly etcdPort: number; readonly apiPort: number },
): string[] {
  return [
    binary('kube-apiserver'),
    `--etcd-servers=http://127.0.0.1:${ports.etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.apiPort}`,
    '--endpoint-reconciler-type=none', // a loopback address may not be an endpoint
    '--service-cluster-ip-range=10.96.0.0/16',
    `--tls-cert-file=${keys.server.certPath}`,
    `--tls-private-key-file=${keys.server.keyPath}`,
    `--client-ca-file=${keys.authority.certPath}`,
    `--requestheader-client-ca-file=${keys.frontProxy.certPath}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    `--service-account-issuer=${ISSUER}`,
    `--service-account-key-file=${keys.tokens.publicPath}`,
    `--service-account-signing-key-file=${keys.tokens.privatePath}`,
    '--allow-privileged=true',
    '--shutdown-delay-duration=0s',
  ];
}

function controllerArgv(kubeconfigPath: string, keys: Keys, options: ApiServerOptions): string[] {
  return [
    binary('kube-controller-manager'),
    `--kubeconfig=${kubeconfigPath}`,
    `--root-ca-file=${keys.authority.certPath}`,
    `--service-account-private-key-file=${keys.tokens.privatePath}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--controllers=*${options.statefulSets === true ? '' : ',-statefulset-controller'}`,
  ];
}

async function kubeconfig(origin: string, keys: Keys): Promise<string> {
  const name = 'api-server';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: origin,
          'certificate-authority-data': await inBase64(keys.authority.certPath),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          'client-certificate-data': await inBase64(keys.admin.certPath),
          'client-key-data': await inBase64(keys.admin.keyPath),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

function requester(origin: string, ca: string, adminToken: string): ApiServer['request'] {
  const agent = new Agent({ ca, keepAlive: false });
  return (method, path, body, more = {}) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${more.token ?? adminToken}`,
        'content-type': more.contentType ?? 'application/json',
        accept: 'application/json, */*',
      };
      const sent = httpsRequest(`${origin}${path}`, { method, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: decoded(text) }),
        );
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function ready(request: ApiServer['request'], needed: readonly Child[]): Promise<void> {
  await until('answered /readyz with ok', needed, async () => {
    const { body } = await request('GET', '/readyz');
    return body === 'ok';
  });
}

/** Pods are refused until the controllers have made the namespace's default ServiceAccount. */
async function defaultAccount(
  request: ApiServer['request'],
  needed: readonly Child[],
): Promise<void> {
  await until('made the default ServiceAccount', needed, async () => {
    const { status } = await request('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    return status === 200;
  });
}

async function until(
  what: string,
  needed: readonly Child[],
  holds: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + READY_MS_MAX;
  while (performance.now() < deadline) {
    const dead = needed.find((child) => child.exited);
    if (dead !== undefined) throw new Error(`${dead.name} ended by itself:\n${dead.tail()}`);
    if (await holds().catch(() => false)) return;
    await sleep(READY_POLL_MS);
  }
  const logs = needed.map((child) => `--- ${child.name}\n${child.tail()}`).join('\n');
  throw new Error(`The API server has not ${what} within ${READY_MS_MAX / 1_000} s.\n${logs}`);
}
