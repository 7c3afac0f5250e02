import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { ControlReport } from '../../../crds/control.ts';
import { effectiveOf } from '../../../crds/effective.ts';
import { executorPath } from '../../../crds/kube/paths.ts';
import {
  EXECUTOR_TLS_PORT,
  type ExecutorKey,
  serviceHost,
  trustName,
} from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { makeCertificate } from '../../api-server/certificates.ts';
import { type Desk, until } from './desk.ts';

/** What the fake executor does unlike an honest one. */
export interface Manners {
  /** Its gate stays open, whatever the object says. */
  stubborn?: boolean;
  /** It acts on the object as it was when this was set. */
  frozen?: TradingExecutor | undefined;
  tag?: string;
  credentials?: ControlReport['credentials'];
  notFlat?: boolean;
}

export interface FakeExecutor {
  readonly manners: Manners;
  /** Requests to /control so far, and the tokens they showed. */
  readonly asked: { count: number; tokens: Set<string> };
  close(): Promise<void>;
}

/**
 * Stands in for kubelet and executor of one pod: the pod is reported as running at a loopback
 * address, and an HTTPS server there answers /control from the object as it is at that moment.
 */
export async function runPod(desk: Desk, key: ExecutorKey, ip: string): Promise<FakeExecutor> {
  const name = `${key.name}-executor-0`;
  const path = `/api/v1/namespaces/${key.namespace}/pods/${name}`;
  const host = serviceHost(key);
  const files = await makeCertificate(desk.authority, host, '/CN=executor', [`DNS:${host}`]);
  const manners: Manners = {};
  const asked = { count: 0, tokens: new Set<string>() };
  const startedAt = new Date().toISOString();
  const server = createServer(
    { cert: await readFile(files.certPath), key: await readFile(files.keyPath) },
    async (request, response) => {
      asked.count += 1;
      asked.tokens.add(request.headers.authorization ?? '');
      const seen = manners.frozen ?? (await read(desk, key));
      response.end(JSON.stringify({ ...report(seen, manners), pod: name, startedAt }));
    },
  );
  server.listen(EXECUTOR_TLS_PORT, ip);
  await once(server, 'listening');
  await until(
    `pod ${name} exists`,
    async () => (await desk.server.request('GET', path)).status === 200,
  );
  await publish(desk, key);
  await started(desk, path, ip);
  return { manners, asked, close: () => closed(server) };
}

async function read(desk: Desk, key: ExecutorKey): Promise<TradingExecutor> {
  return (await desk.server.request('GET', executorPath(key))).body;
}

async function publish(desk: Desk, key: ExecutorKey): Promise<void> {
  const ca = await readFile(desk.authority.certPath, 'utf8');
  const path = `/api/v1/namespaces/${key.namespace}/configmaps/${trustName(key.name)}`;
  const contentType = 'application/merge-patch+json';
  await desk.server.request('PATCH', path, { data: { 'ca.crt': ca } }, { contentType });
}

async function started(desk: Desk, path: string, podIP: string): Promise<void> {
  const at = new Date().toISOString();
  const state = { running: { startedAt: at } };
  const status = {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }],
    containerStatuses: [
      {
        name: 'executor',
        ready: true,
        restartCount: 0,
        image: 'i',
        imageID: 'i',
        started: true,
        state,
      },
    ],
  };
  const contentType = 'application/merge-patch+json';
  const done = await desk.server.request('PATCH', `${path}/status`, { status }, { contentType });
  if (done.status !== 200) throw new Error(`pod status: ${JSON.stringify(done.body)}`);
}

function report(
  object: TradingExecutor,
  manners: Manners,
): Omit<ControlReport, 'pod' | 'startedAt'> {
  const effective = effectiveOf(object);
  const now = new Date().toISOString();
  const open = manners.stubborn === true || effective.open;
  return {
    executor: { ...object.metadata, uid: object.metadata.uid },
    version: { tag: manners.tag ?? 'v-test', commit: 'c', builtAt: now },
    effective,
    resourceVersion: object.metadata.resourceVersion,
    generation: object.metadata.generation ?? null,
    seenAt: now,
    controlAgeMs: 0,
    gate: open ? 'open' : 'shut',
    shutReasons: open ? [] : effective.reasons,
    gatedAt: open || !effective.killed ? null : now,
    flatAt: open || !effective.killed || manners.notFlat === true ? null : now,
    inFlight: 0,
    queued: 0,
    unknown: 0,
    openOrders: 0,
    credentials: manners.credentials ?? 'not-needed',
    lease: null,
    recent: [],
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
