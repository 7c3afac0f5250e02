import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { operatorServer } from '../../../operator/http/server.ts';
import { ClusterRefused } from '../../../operator/rollback/cluster.ts';
import { settle } from '../../support/manual-clock.ts';
import { anExecutor, payload, payloadAlert, stamp } from './builders.ts';
import { aDesk, aReplica, type Desk, silent } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';

const TOKEN = 'the-token';
const RIGHT = { authorization: `Bearer ${TOKEN}` };

let folder: string;
let cluster: FakeCluster;
let desk: Desk;
let app: FastifyInstance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intake-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  const webhookTokenFile = join(folder, 'token');
  await writeFile(webhookTokenFile, `${TOKEN}\n`);
  cluster = new FakeCluster();
  desk = { ...aDesk(cluster), webhookTokenFile, namespaces: ['desk', 'other'] };
  const replica = aReplica(cluster, desk);
  ({ app } = operatorServer(undefined, silent));
  replica.intake(app);
  cluster.put(anExecutor());
  await settle();
  return async () => {
    await Promise.all([app.close(), replica.stop()]);
  };
});

const post = (body: string | object, headers: object = RIGHT) =>
  app.inject({
    ...{ method: 'POST', url: '/alertmanager' },
    headers: { 'content-type': 'application/json', ...headers },
    payload: body,
  });

/** Of one result of a counter. */
async function counted(name: string, result: string): Promise<number | undefined> {
  const metric = await desk.registry
    .getSingleMetric(`trading_operator_webhook_${name}_total`)
    ?.get();
  return metric?.values.find(({ labels }) => labels.result === result)?.value;
}

const about = (labels: object) => payloadAlert({ labels: { ...payloadAlert().labels, ...labels } });

describe('a delivery to POST /alertmanager', () => {
  it.each([
    ['without a token', {}],
    ['with another token', { authorization: 'Bearer the-tokem' }],
    ['with the token and more', { authorization: `Bearer ${TOKEN}s` }],
    ['with the token in another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('%s is refused, counted, and speaks against AlertingHealthy', async (_, headers) => {
    const answer = await post(payload([payloadAlert()]), headers);
    expect(answer.statusCode).toBe(401);
    expect(answer.json().error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(answer.body).not.toContain(TOKEN);
    expect(await counted('requests', 'unauthorized')).toBe(1);
    expect(cluster.btc.status?.rollback?.pending).toEqual([]);
    expect(desk.health.verdict()).toMatchObject({ status: 'False', reason: 'WebhookRefused' });
    expect((await post(payload([payloadAlert()]))).statusCode).toBe(200);
    expect(desk.health.verdict()).toMatchObject({ status: 'True', reason: 'Receiving' });
  });

  it('without a readable token here is 503, so that it is repeated', async () => {
    await rm(join(folder, 'token'));
    expect((await post(payload([payloadAlert()]))).statusCode).toBe(503);
    expect(await counted('requests', 'unavailable')).toBe(1);
  });

  it.each([
    ['no JSON', '{"version":'],
    ['another version', { ...payload([]), version: '3' }],
    ['no list of alerts', { ...payload([]), alerts: 'none' }],
    ['an alert without a fingerprint', payload([payloadAlert({ fingerprint: '' })])],
    ['an instant that is none', payload([payloadAlert({ startsAt: 'yesterday' })])],
  ])('with %s is malformed: 400, and never repeated', async (_, body) => {
    expect((await post(body)).statusCode).toBe(400);
    expect(await counted('requests', 'malformed')).toBe(1);
    expect(cluster.btc.status?.rollback?.pending).toEqual([]);
  });

  it.each([
    ['names no executor', { executor: '' }, 'no-executor-label'],
    ['names one that does not exist', { executor: 'nobody' }, 'unknown-executor'],
    ['names one in a namespace that is not watched', { namespace: 'far' }, 'unknown-executor'],
  ])('for nobody, as it %s, is 200 and counted; others are kept', async (_, labels, result) => {
    const read = cluster.executor.bind(cluster);
    cluster.executor = async (key) => {
      if (key.namespace !== 'far') return read(key);
      const answer = { ok: false, status: 403, reason: 'Forbidden', message: 'no' } as const;
      throw new ClusterRefused('GET', answer);
    };
    const answer = await post(payload([about(labels), payloadAlert()]));
    expect(answer.statusCode).toBe(200);
    expect(await counted('alerts', result)).toBe(1);
    expect(await counted('requests', 'accepted')).toBe(1);
    expect(cluster.btc.status?.rollback?.pending).toMatchObject([{ since: stamp('02:59:00.123') }]);
  });

  it('of the watchdog is accepted, and is nobody’s alert', async () => {
    const labels = { alertname: 'TradingWatchdog', spark_trading_watchdog: 'true' };
    expect((await post(payload([payloadAlert({ labels })]))).statusCode).toBe(200);
    expect(await counted('requests', 'accepted')).toBe(1);
    expect(await counted('alerts', 'no-executor-label')).toBe(0);
    expect(desk.health.verdict().status).toBe('True');
    expect(cluster.btc.status?.rollback?.pending).toEqual([]);
  });

  it('that cannot be made durable is 503, and 200 once it can', async () => {
    cluster.beforeWrite = () => {
      const answer = { ok: false, status: 500, reason: 'InternalError', message: 'etcd' } as const;
      throw new ClusterRefused('PATCH', answer);
    };
    const refused = await post(payload([payloadAlert()]));
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('2');
    expect(await counted('requests', 'unavailable')).toBe(1);
    cluster.beforeWrite = () => undefined;
    expect((await post(payload([payloadAlert()]))).statusCode).toBe(200);
    expect(cluster.btc.status?.rollback?.pending).toHaveLength(1);
  });
});
