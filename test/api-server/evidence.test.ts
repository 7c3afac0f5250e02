import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { verify } from '../../evidence/verify.ts';
import { evidenceServer } from '../../operator/evidence/client.ts';
import { parseEvidenceConfig } from '../../operator/evidence/config.ts';
import { type EvidenceServer, startEvidenceServer } from '../../operator/evidence/server.ts';
import {
  EXECUTORS,
  executor,
  FULL_NAME,
  type InstalledChart,
  installChart,
  TRICKLE,
} from './installed-chart.ts';

const INCIDENTS = '/apis/spark.trading/v1alpha1/namespaces/desk/tradingincidents';
const NAME = 'btc-20261123031000';

let installed: InstalledChart;
let folder: string;
let server: EvidenceServer;
let before: TradingExecutor;
let incident: TradingIncident;

/** The server as the chart installs it: its account, its certificate. */
beforeAll(async () => {
  installed = await installChart();
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  const secret = `/api/v1/namespaces/trading/secrets/${FULL_NAME}-evidence-tls`;
  const { data } = (await installed.server.request('GET', secret)).body;
  for (const [name, value] of Object.entries(data as Record<string, string>)) {
    await writeFile(join(folder, name), Buffer.from(value, 'base64'));
  }
  const flags = {
    'operator-service-account': `trading/${FULL_NAME}`,
    'evidence-dir': join(folder, 'volume'),
    'tls-dir': folder,
    'https-port': 0,
    'http-port': 0,
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const parsed = parseEvidenceConfig(argv, { KUBERNETES_SERVICE_HOST: 'not-asked' });
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  server = await startEvidenceServer({
    config: parsed.config,
    connection: await connectionOf(`${FULL_NAME}-evidence`),
    clock: systemClock,
    random: Math.random,
    log: pino({ level: 'silent' }),
  });
  before = (await installed.post(EXECUTORS, executor('btc', TRICKLE))).body;
  incident = await anIncident(before);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await installed?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function connectionOf(account: string): Promise<KubeConnection> {
  const { origin, caPem } = installed.server;
  const authorization = `Bearer ${await installed.token(account)}`;
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const close = () => dispatcher.destroy();
  return { origin, dispatcher, authorization: () => authorization, close };
}

async function anIncident({ metadata }: TradingExecutor): Promise<TradingIncident> {
  const at = '2026-11-23T03:10:00.000Z';
  const made = await installed.post(INCIDENTS, {
    apiVersion: 'spark.trading/v1alpha1',
    kind: 'TradingIncident',
    metadata: { name: NAME },
    spec: {
      executor: { name: metadata.name, uid: metadata.uid },
      alert: { name: 'PlaceAckLatencyRollback', fingerprint: 'f1', since: at },
      ...{ decision: 'it lasted', decidedAt: at },
      before: { mode: 'trickle', killSwitch: false },
      after: { mode: 'paper', killSwitch: true },
    },
  });
  expect(made.status, made.body.message).toBe(201);
  return made.body;
}

/** A token as the kubelet projects it into the pod of an account. */
async function projected(account: string, audiences: readonly string[]): Promise<string> {
  const path = `/api/v1/namespaces/trading/serviceaccounts/${account}/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences },
  };
  return (await installed.post(path, body)).body.status.token;
}

async function status(token: string): Promise<number> {
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
  const agent = new Agent({ connect: { ca }, allowH2: false });
  const { statusCode, body } = await agent.request({
    ...{ origin: `https://localhost:${server.httpsPort}`, path: '/evidence/incidents' },
    ...{ method: 'POST', body: JSON.stringify({ namespace: 'desk', incident: 'none' }) },
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  await body.dump();
  await agent.destroy();
  return statusCode;
}

it('takes orders with the token that the operator shows to executors, and with no other', async () => {
  const audience = ['trading-executor'];
  expect(await status(await projected(FULL_NAME, audience))).toBe(404); // there is no such incident
  expect(await status(await projected(`${FULL_NAME}-evidence`, audience))).toBe(403);
  expect(await status(await installed.token(FULL_NAME))).toBe(401); // made for the API server
});

it('collects with the rights that the chart gives it what is not in a pod', async () => {
  const operator = `Bearer ${await projected(FULL_NAME, ['trading-executor'])}`;
  const port = evidenceServer({
    ...{ url: `https://localhost:${server.httpsPort}`, caFile: join(folder, 'ca.crt') },
    ...{ self: undefined, clock: systemClock, log: pino({ level: 'silent' }) },
    executorToken: async () => operator.slice('Bearer '.length),
  });
  const { link, missing } = await port.collect({ incident, before }, new AbortController().signal);
  const pack = '2026-11-23T03-10-00Z-btc';
  expect(link).toContain(pack);
  const inPods = ['metrics.prom', 'executor.log', 'smoke.txt', 'control.json'];
  const notAsked = [
    'prometheus.json',
    'latency.svg',
    'alertmanager.json',
    'alerts-delivered.jsonl',
    'operator.log',
  ];
  const behindTls = ['version.json', 'audit.json'];
  expect([...missing].sort()).toEqual([...inPods, ...notAsked, ...behindTls].sort());
  const kept = join(folder, 'volume/incidents', pack);
  expect((await verify(kept)).faults).toEqual([]);
  const { missing: told } = JSON.parse(await readFile(join(kept, 'manifest.json'), 'utf8'));
  // nothing was refused for want of a right
  for (const { why } of told as { why: string }[]) expect(why).not.toMatch(/forbidden|HTTP 403/i);
});
