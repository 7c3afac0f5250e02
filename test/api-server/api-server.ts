import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBinaries } from '../toolchain/binaries.ts';
import { apiServerArgv, controllerArgv, etcdArgv, ISSUER } from './argv.ts';
import { Child, freePorts } from './child.ts';
import { kubeconfig, makeKeys } from './keys.ts';
import { type Request, requester } from './request.ts';

export interface ApiServerOptions {
  /** Run kube-controller-manager: garbage collection, ServiceAccounts, StatefulSets. Default true. */
  readonly controllers?: boolean;
  /** Let the StatefulSet controller make pods (they stay Pending: there is no node). Default false. */
  readonly statefulSets?: boolean;
  /** More flags for kube-apiserver, e.g. `--v=4`. */
  readonly apiServerFlags?: readonly string[];
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
  readonly request: Request;
  /** Freezes kube-apiserver: connections stay open and nobody answers. */
  pause(): void;
  resume(): void;
  /** Freezes etcd: kube-apiserver answers, and has nothing to say. */
  pauseStore(): void;
  resumeStore(): void;
  /** Ends kube-apiserver (connections break) and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends kube-apiserver and leaves it down until `restart`. */
  kill(): Promise<void>;
  /** Ends everything and deletes the folder. */
  stop(): Promise<void>;
}

const READY_MS_MAX = 60_000;
const READY_POLL_MS = 50;

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
    pauseStore: () => etcd.signal('SIGSTOP'),
    resumeStore: () => etcd.signal('SIGCONT'),
    kill: () => api.stop('SIGKILL'),
    async restart() {
      await api.stop('SIGTERM');
      api.start();
      await ready(request, [etcd, api]);
    },
    stop,
  };
}

async function ready(request: Request, needed: readonly Child[]): Promise<void> {
  await until('answered /readyz with ok', needed, async () => {
    const { body } = await request('GET', '/readyz');
    return body === 'ok';
  });
}

/** Pods are refused until the controllers have made the namespace's default ServiceAccount. */
async function defaultAccount(request: Request, needed: readonly Child[]): Promise<void> {
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
