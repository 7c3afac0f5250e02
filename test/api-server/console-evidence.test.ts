import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { kubeconfigConnection } from '../../crds/kube/connection.ts';
import { parseEvidenceConfig } from '../../operator/evidence/config.ts';
import { claim, keep, writeManifest } from '../../operator/evidence/folder.ts';
import { packFiles } from '../../operator/evidence/packs.ts';
import { type EvidenceServer, startEvidenceServer } from '../../operator/evidence/server.ts';
import { volumeStore } from '../../operator/evidence/volume.ts';
import { run } from '../setup/command.ts';
import { makeAuthority, makeCertificate } from './certificates.ts';
import { freePorts } from './child.ts';
import { type Browser, type ConsoleDesk, openConsoleDesk } from './console-desk.ts';
import { EXECUTORS, executor, MERGE, TRICKLE } from './installed-chart.ts';

const INCIDENTS = EXECUTORS.replace('tradingexecutors', 'tradingincidents');
const AT = '2026-11-23T03:10:00.000Z';
const PACK = '2026-11-23T03-10-00Z-btc';
const URL = '/api/incidents/desk/btc-1/evidence';

let folder: string;
let port: number;
let desk: ConsoleDesk;
let server: EvidenceServer;
let viewer: Browser;
let stranger: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-evidence-'));
  [port = 0] = await freePorts(1);
  const authority = await makeAuthority(folder, 'authority');
  const tls = await makeCertificate(authority, 'tls', '/CN=evidence', ['DNS:localhost']);
  await writeFile(join(folder, 'tls.crt'), await readFile(tls.certPath));
  await writeFile(join(folder, 'tls.key'), await readFile(tls.keyPath));
  desk = await openConsoleDesk({
    'evidence-url': `https://localhost:${port}`,
    'evidence-ca-file': authority.certPath,
  });
  server = await evidenceServer();
  await aPack();
  await anIncident();
  const { installed } = desk;
  viewer = desk.browser();
  await viewer.signIn(await installed.person('viewer', ['trading-console-viewer']));
  stranger = desk.browser(1);
  await stranger.signIn(await installed.person('stranger', []));
}, 180_000);
afterAll(async () => {
  await server?.stop();
  await desk?.close();
  await rm(folder, { recursive: true, force: true });
});

async function evidenceServer(): Promise<EvidenceServer> {
  const { kubeconfigPath } = desk.installed.server;
  const flags = {
    'operator-service-account': 'trading/operator',
    ...{ 'evidence-dir': join(folder, 'volume'), 'tls-dir': folder, kubeconfig: kubeconfigPath },
    ...{ 'https-port': port, 'http-port': 0 },
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const parsed = parseEvidenceConfig(argv, {});
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return startEvidenceServer({
    config: parsed.config,
    connection: kubeconfigConnection(await readFile(kubeconfigPath, 'utf8')),
    ...{ clock: systemClock, random: Math.random, log: pino({ level: 'silent' }) },
  });
}

async function aPack(): Promise<void> {
  const owner = { incident: 'btc-1', namespace: 'desk', executor: 'btc', startedAt: AT };
  const store = volumeStore(join(folder, 'volume'));
  const pack = packFiles(store, (await claim(store, AT, owner)).name);
  const files = [
    await keep(pack, 'README.md', '# btc\n'),
    await keep(pack, 'executor.log', `<script>alert(1)</script>\n${'a line\n'.repeat(20_000)}`),
  ];
  const missing = [{ name: 'latency.svg', why: '--prometheus-url is not set' }];
  const manifest = { version: 1 as const, ...owner, files, missing, finishedAt: AT };
  await writeManifest(pack, manifest);
}

async function anIncident(): Promise<void> {
  const { installed } = desk;
  const { metadata } = (await installed.post(EXECUTORS, executor('btc', TRICKLE))).body;
  await installed.post(INCIDENTS, {
    ...{ apiVersion: 'spark.trading/v1alpha1', kind: 'TradingIncident' },
    metadata: { name: 'btc-1' },
    spec: {
      executor: { name: 'btc', uid: metadata.uid },
      alert: { name: 'A', fingerprint: 'f', since: AT },
      ...{ decision: 'it lasted', decidedAt: AT },
      before: { mode: 'trickle', killSwitch: false },
      after: { mode: 'paper', killSwitch: true },
    },
  });
  const link = `https://localhost:${port}/evidence/incidents/${PACK}/`;
  const status = { evidence: link, acknowledged: { by: 'a test', at: AT } };
  const path = `${INCIDENTS}/btc-1/status`;
  const done = await installed.server.request('PATCH', path, { status }, MERGE);
  expect(done.status, JSON.stringify(done.body)).toBe(200);
}

it('an incident names its pack, and the pack what is in it and what is not', async () => {
  await expect
    .poll(async () => (await viewer.ask('GET', '/api/incidents/desk/btc-1')).body.pack)
    .toBe(PACK);
  const { body } = await viewer.ask('GET', URL);
  expect(body).toMatchObject({ pack: PACK, complete: false });
  expect(body.missing).toEqual([{ name: 'latency.svg', why: '--prometheus-url is not set' }]);
  expect(body.files.map(({ name }: { name: string }) => name)).toEqual([
    'README.md',
    'executor.log',
  ]);
  expect((await viewer.ask('GET', '/api/incidents')).body.incidents).toMatchObject([
    { name: 'btc-1', pack: PACK, open: false },
  ]);
});

it('a file is read as text that no browser runs; one that is not listed is not there', async () => {
  const { status, headers, body } = await viewer.ask('GET', `${URL}/executor.log`);
  expect([status, String(body).startsWith('<script>')]).toEqual([200, true]);
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  for (const name of ['none.txt', '..%2f..%2ftls.key', '%2e%2e']) {
    expect((await viewer.ask('GET', `${URL}/${name}`)).status, name).toBe(404);
  }
});

it('the whole pack is one archive that tar unpacks to the same bytes', async () => {
  const bytes = await viewer.bytes(`${URL}/pack.tar.gz`);
  await writeFile(join(folder, 'pack.tar.gz'), bytes);
  await run(['tar', '-xzf', join(folder, 'pack.tar.gz'), '-C', folder]);
  for (const name of ['README.md', 'executor.log', 'manifest.json']) {
    const kept = await readFile(join(folder, 'volume/incidents', PACK, name));
    expect((await readFile(join(folder, PACK, name))).equals(kept), name).toBe(true);
  }
});

it('who may not get the incident gets nothing of it', async () => {
  for (const path of ['', '/README.md', '/pack.tar.gz']) {
    expect((await stranger.ask('GET', `${URL}${path}`)).status, path).toBe(403);
  }
});

it('an evidence server that is away is said to be, and the incident is shown all the same', async () => {
  await server.stop();
  const { status, body } = await viewer.ask('GET', '/api/incidents/desk/btc-1');
  expect([status, body.pack, body.evidenceWhy]).toEqual([
    200,
    null,
    expect.stringContaining('the evidence server does not answer'),
  ]);
  expect((await viewer.ask('GET', URL)).status).toBe(503);
  expect((await viewer.ask('GET', `${URL}/pack.tar.gz`)).status).toBe(503);
});
