import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { load } from 'js-yaml';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { effectiveOf } from '../../crds/effective.ts';
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

const TOKEN = randomBytes(16).toString('hex');
const MERGE = { contentType: 'application/merge-patch+json' };
const PERSIST_FOR_MS = 1_500;
const PATIENCE = { timeout: 10_000, interval: 20 };

let server: ApiServer;
let folder: string;
let namespace: string;
let count = 0;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startApiServer({ controllers: false });
  folder = await mkdtemp(join(tmpdir(), 'rollback-'));
  await writeFile(join(folder, 'token'), TOKEN);
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const name of ['trading-executor', 'trading-incident']) {
    const crd = load(await readFile(`crds/${name}.yaml`, 'utf8'));
    expect((await server.request('POST', crds, crd)).status).toBe(201);
  }
  for (const path of [executorsPath(), incidentsPath()]) {
    await vi.waitFor(async () => {
      expect((await server.request('GET', path)).status).toBe(200);
    }, PATIENCE);
  }
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  namespace = `desk-${++count}`;
  const metadata = { name: namespace };
  await server.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
  });
  return async () => {
    for (const end of cleanUp.splice(0).reverse()) await end();
  };
});

const manifest = (more: object = {}) => ({
  apiVersion: 'spark.trading/v1alpha1',
  kind: 'TradingExecutor',
  metadata: { name: 'btc', namespace },
  spec: {
    mode: 'live',
    venue: { name: 'btcturk', credentialsSecretRef: { name: 'key' } },
    rollback: { persistFor: `${PERSIST_FOR_MS}ms` },
    ...more,
  },
});

const own = () => `${executorsPath(namespace)}/btc`;
const create = async () => {
  expect((await server.request('POST', executorsPath(namespace), manifest())).status).toBe(201);
};
const executor = async (): Promise<TradingExecutor> => (await server.request('GET', own())).body;
const incidents = async (): Promise<readonly TradingIncident[]> =>
  (await server.request('GET', incidentsPath(namespace))).body.items;
const rollback = async () => (await executor()).status?.rollback;
const events = async (): Promise<string[]> => {
  const { body } = await server.request('GET', `/api/v1/namespaces/${namespace}/events`);
  return body.items.map((event: { reason: string }) => event.reason);
};
const gitSync = () => server.request('PATCH', own(), { spec: manifest().spec }, MERGE);
const annotate = (annotations: object) =>
  server.request('PATCH', own(), { metadata: { annotations } }, MERGE);

interface Replica {
  readonly app: FastifyInstance;
  stop(): Promise<void>;
}

/** One replica as main.ts wires it, with `connection` to the real API server. */
async function aReplica(
  options: { leads?: boolean; connection?: KubeConnection } = {},
): Promise<Replica> {
  const connection =
    options.connection ?? kubeconfigConnection(await readFile(server.kubeconfigPath, 'utf8'));
  const log = pino({ level: 'silent' });
  const base = { connection, clock: systemClock, random: Math.random };
  const health = new AlertingHealth(systemClock);
  const replica = startRollback({
    cluster: rollbackCluster(connection),
    clock: systemClock,
    random: Math.random,
    log,
    health,
    metrics: rollbackMetrics(new Registry()),
    isLeader: () => options.leads ?? true,
    control: async () => [],
    webhookTokenFile: join(folder, 'token'),
  });
  const executors = new ListWatch<TradingExecutor>({
    ...{ ...base, path: executorsPath(namespace) },
    onChange: ({ kind, object }) =>
      kind === 'set' ? replica.onExecutor(object) : replica.onExecutorGone(object.metadata),
  });
  const records = new ListWatch<TradingIncident>({
    ...{ ...base, path: incidentsPath(namespace) },
    onChange: ({ kind, object }) =>
      kind === 'set' ? replica.onIncident(object) : replica.onIncidentGone(object),
  });
  const { app } = operatorServer(undefined, log);
  replica.intake(app);
  for (const watch of [executors, records]) watch.start();
  await Promise.all([executors.synced(), records.synced()]);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= Promise.all([executors.stop(), records.stop(), replica.stop(), app.close()])
      .then(() => connection.close())
      .then(() => undefined);
    return stopped;
  };
  cleanUp.push(stop);
  return { app, stop };
}

const post = (replica: Replica, alert: Record<string, unknown> = {}) =>
  replica.app.inject({
    method: 'POST',
    url: '/alertmanager',
    headers: { authorization: `Bearer ${TOKEN}` },
    payload: payload([
      payloadAlert({
        labels: {
          alertname: 'PlaceAckLatencyRollback',
          namespace,
          executor: 'btc',
          spark_trading_rollback: 'true',
        },
        startsAt: new Date().toISOString(),
        ...alert,
      }),
    ]),
  });

const latched = () =>
  vi.waitFor(async () => {
    const now = await rollback();
    expect(now).toMatchObject({ latched: true });
    return now;
  }, PATIENCE);
const begun = () => vi.waitFor(async () => expect(await rollback()).toBeDefined(), PATIENCE);
const settledIncident = () =>
  vi.waitFor(async () => {
    const [incident] = await incidents();
    expect(incident?.status?.timeline?.at(-1)?.what).toMatch(/^Evidence/);
    return incident as TradingIncident;
  }, PATIENCE);

describe('an alert, against a real API server', () => {
  it('goes from webhook to latch on time, and the spec is patched once', async () => {
    const leader = await aReplica();
    await create();
    await begun();
    const startsAt = new Date();
    expect((await post(leader, { startsAt: startsAt.toISOString() })).statusCode).toBe(200);
    expect((await rollback())?.pending).toMatchObject([{ since: startsAt.toISOString() }]);
    const held = await latched();
    const late = Date.parse(held?.since ?? '') - startsAt.getTime() - PERSIST_FOR_MS;
    console.log(`latched ${late} ms after since + persistFor`);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(500);
    const incident = await settledIncident();
    expect(incident.metadata.name).toBe(held?.incident);
    expect(incident.spec.before).toEqual({ mode: 'live', killSwitch: false });
    const { spec, status, metadata } = await executor();
    expect(spec).toMatchObject({ mode: 'paper', killSwitch: true });
    expect(status?.conditions).toMatchObject([{ type: 'KillSwitchConfirmed', status: 'Unknown' }]);
    expect(await events()).toEqual(['RolledBack']);
    const owners = (metadata as { managedFields?: { manager: string; subresource?: string }[] })
      .managedFields;
    expect(owners?.map((one) => `${one.manager}${one.subresource ?? ''}`)).toContain(
      'trading-operator-rollbackstatus',
    );
  });

  it('is still latched after Git put the spec back, and the patch is not made again', async () => {
    const leader = await aReplica();
    await create();
    await begun();
    await post(leader);
    await latched();
    await settledIncident();
    for (let sync = 0; sync < 5; sync++) {
      expect((await gitSync()).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(effectiveOf(await executor())).toMatchObject({ killed: true, open: false });
    }
    expect((await executor()).spec.mode).toBe('live');
  });

  it('survives delete and recreate, and an acknowledgement releases it', async () => {
    const leader = await aReplica();
    await create();
    await begun();
    await post(leader);
    const incident = (await latched())?.incident ?? '';
    await settledIncident();
    const { uid } = (await executor()).metadata;
    await server.request('DELETE', own());
    await create();
    const again = await latched();
    expect(again).toMatchObject({ incident });
    expect(again?.uid).not.toBe(uid);
    expect((await executor()).spec.mode).toBe('live'); // declared anew: not patched again
    await annotate({ 'spark.trading/acknowledge-rollback': 'another' });
    await vi.waitFor(
      async () => expect(await events()).toContain('AcknowledgementRefused'),
      PATIENCE,
    );
    expect(await rollback()).toMatchObject({ latched: true });
    await annotate({ 'spark.trading/acknowledge-rollback': incident });
    await vi.waitFor(
      async () => expect(await rollback()).toMatchObject({ latched: false }),
      PATIENCE,
    );
    const { status } = await executor();
    expect(status?.rollback).not.toHaveProperty('incident');
    expect(status?.ladder).toEqual({ reached: 'paper' });
    const [record] = await incidents();
    expect(record?.status?.acknowledged?.by).toBe('unknown'); // the client named no field manager of its own
  });
});
