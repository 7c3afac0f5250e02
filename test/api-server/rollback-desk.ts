import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { cardSlo } from '../../alerts/rules/slo.ts';
import { systemClock } from '../../crds/clock.ts';
import { type KubeConnection, kubeconfigConnection } from '../../crds/kube/connection.ts';
import { ListWatch } from '../../crds/kube/list-watch.ts';
import { executorsPath, incidentsPath } from '../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { operatorServer } from '../../operator/http/server.ts';
import { AlertingHealth } from '../../operator/rollback/alerting-health.ts';
import { rollbackCluster } from '../../operator/rollback/cluster.ts';
import { rollbackMetrics } from '../../operator/rollback/metrics.ts';
import { startRollback } from '../../operator/rollback/rollback.ts';
import { payload, payloadAlert } from '../operator/rollback/builders.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { installCrds } from './installed-crds.ts';

export const PERSIST_FOR_MS = 1_500;
export const PATIENCE = { timeout: 10_000, interval: 20 };
const TOKEN = randomBytes(16).toString('hex');
const MERGE = { contentType: 'application/merge-patch+json' };

let server: ApiServer;
let folder: string;
let namespace: string;
let count = 0;
const cleanUp: (() => Promise<unknown>)[] = [];

/** An API server for the file, and for each test a namespace in which an executor `btc` may live. */
export function openRollbackDesk(): void {
  beforeAll(async () => {
    server = await startApiServer({ controllers: false });
    folder = await mkdtemp(join(tmpdir(), 'rollback-'));
    await writeFile(join(folder, 'token'), TOKEN);
    await installCrds(server);
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    namespace = `desk-${++count}`;
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    return async () => {
      for (const end of cleanUp.splice(0).reverse()) await end();
    };
  });
}

const manifest = () => ({
  apiVersion: 'spark.trading/v1alpha1',
  kind: 'TradingExecutor',
  metadata: { name: 'btc', namespace },
  spec: {
    mode: 'live',
    venue: { name: 'btcturk', credentialsSecretRef: { name: 'key' } },
    rollback: { persistFor: `${PERSIST_FOR_MS}ms` },
  },
});

const own = () => `${executorsPath(namespace)}/btc`;
export const create = async () => {
  expect((await server.request('POST', executorsPath(namespace), manifest())).status).toBe(201);
};
/** Any write by somebody else: it makes what others have read of `btc` out of date. */
export const touch = (value: string) => annotate({ 'desk/touched': value });
export const freeze = () => server.pause();
export const thaw = () => server.resume();
export const remove = () => server.request('DELETE', own());
export const executor = async (): Promise<TradingExecutor> =>
  (await server.request('GET', own())).body;
export const incidents = async (): Promise<readonly TradingIncident[]> =>
  (await server.request('GET', incidentsPath(namespace))).body.items;
export const rollback = async () => (await executor()).status?.rollback;
export const events = async (): Promise<string[]> => {
  const { body } = await server.request('GET', `/api/v1/namespaces/${namespace}/events`);
  return body.items.map((event: { reason: string }) => event.reason);
};
export const gitSync = () => server.request('PATCH', own(), { spec: manifest().spec }, MERGE);
export const annotate = (annotations: object) =>
  server.request('PATCH', own(), { metadata: { annotations } }, MERGE);

export interface ReplicaOptions {
  readonly leads?: boolean;
  /** Goes between the replica and the API server. */
  readonly through?: (connection: KubeConnection) => KubeConnection;
}

/** One replica as operator.ts wires it; it leads. Returns what takes its webhooks in. */
export async function aReplica(options: ReplicaOptions = {}): Promise<FastifyInstance> {
  const { leads = true, through = (real) => real } = options;
  const connection = through(kubeconfigConnection(await readFile(server.kubeconfigPath, 'utf8')));
  const log = pino({ level: 'silent' });
  const shared = { clock: systemClock, random: Math.random };
  const replica = startRollback({
    ...shared,
    cluster: rollbackCluster(connection),
    log,
    health: new AlertingHealth(systemClock),
    metrics: rollbackMetrics(new Registry()),
    isLeader: () => leads,
    control: async () => [],
    slo: cardSlo,
    webhookTokenFile: join(folder, 'token'),
  });
  const executors = new ListWatch<TradingExecutor>({
    ...{ ...shared, connection, path: executorsPath(namespace) },
    onChange: ({ kind, object }) =>
      kind === 'set' ? replica.onExecutor(object) : replica.onExecutorGone(object.metadata),
  });
  const records = new ListWatch<TradingIncident>({
    ...{ ...shared, connection, path: incidentsPath(namespace) },
    onChange: ({ kind, object }) =>
      kind === 'set' ? replica.onIncident(object) : replica.onIncidentGone(object),
  });
  const { app } = operatorServer(undefined, log);
  replica.intake(app);
  for (const watch of [executors, records]) watch.start();
  await Promise.all([executors.synced(), records.synced()]);
  cleanUp.push(async () => {
    await Promise.all([executors.stop(), records.stop(), replica.stop(), app.close()]);
    await connection.close();
  });
  return app;
}

/** One alert about `btc` that counts for a rollback and fires from now on; `more` goes over it. */
export const firing = (more: Record<string, unknown> = {}) =>
  payloadAlert({
    labels: {
      alertname: 'PlaceAckLatencyRollback',
      namespace,
      executor: 'btc',
      spark_trading_rollback: 'true',
    },
    startsAt: new Date().toISOString(),
    ...more,
  });

export const post = (app: FastifyInstance, ...alerts: object[]) =>
  app.inject({
    method: 'POST',
    url: '/alertmanager',
    headers: { authorization: `Bearer ${TOKEN}` },
    payload: payload(alerts),
  });

export const latched = () =>
  vi.waitFor(async () => {
    const now = await rollback();
    expect(now).toMatchObject({ latched: true });
    return now;
  }, PATIENCE);
export const begun = () => vi.waitFor(async () => expect(await rollback()).toBeDefined(), PATIENCE);
export const settledIncident = () =>
  vi.waitFor(async () => {
    const [incident] = await incidents();
    expect(incident?.status?.timeline?.at(-1)?.what).toMatch(/^Evidence/);
    return incident as TradingIncident;
  }, PATIENCE);
