import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { alertKeeper, type KeepAlerts } from '../../../operator/evidence/alert-keeper.ts';
import { evidenceServer } from '../../../operator/evidence/client.ts';
import { type EvidenceAddress, post } from '../../../operator/evidence/post.ts';
import type { EvidenceServer } from '../../../operator/evidence/server.ts';
import type { UngatedLog } from '../../../operator/evidence/ungated.ts';
import { UngatedOutbox } from '../../../operator/evidence/ungated-outbox.ts';
import { watchEvidenceServer } from '../../../operator/evidence/watch.ts';
import { operatorServer } from '../../../operator/http/server.ts';
import { HastyClock } from '../../crds/hasty-clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { anExecutor, anIncident, payload, payloadAlert, stamp } from '../rollback/builders.ts';
import { aDesk, aReplica, silent } from '../rollback/desk.ts';
import { FakeCluster } from '../rollback/fake-cluster.ts';
import { INCIDENT } from '../rollback/world.ts';
import { makeTls, OPERATOR_TOKEN, serverOf, shows } from './evidence-server.ts';
import { openSite, type Site } from './site.ts';

const PATIENCE = { timeout: 10_000, interval: 20 };
const SECRET = 'cGxhbnRlZC1zZWNyZXQtdGhhdC1tdXN0LW5ldmVyLWxlYXZl';

let site: Site;
let tls: Awaited<ReturnType<typeof makeTls>>;
let server: EvidenceServer;
let evidenceDir: string;
let count = 0;
const ends: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  site = await openSite('127.77.1.7');
  tls = await makeTls(site);
});
afterAll(() => site.close());
beforeEach(async () => {
  evidenceDir = join(site.folder, `handed-in-${++count}`);
  server = await serverOf(site, { ...tls, evidenceDir });
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await server.stop();
});

const at = (port: number, token = OPERATOR_TOKEN): EvidenceAddress => ({
  ...{ url: `https://localhost:${port}`, caFile: tls.caFile },
  executorToken: async () => token,
});

/** A socket that takes connections and says nothing. */
async function silence(): Promise<number> {
  const mute = createServer(() => undefined).listen(0);
  ends.push(async () => mute.close());
  await new Promise((listening) => mute.once('listening', listening));
  return (mute.address() as AddressInfo).port;
}

/** A replica that does not lead, and hears what is posted to it. */
async function follower(cluster: FakeCluster, keepAlerts: KeepAlerts) {
  const webhookTokenFile = join(site.folder, 'webhook');
  await writeFile(webhookTokenFile, 'right');
  const desk = { ...aDesk(cluster), webhookTokenFile, isLeader: () => false, keepAlerts };
  const replica = aReplica(cluster, desk);
  const { app } = operatorServer(undefined, silent);
  replica.intake(app);
  ends.push(() => Promise.all([app.close(), replica.stop()]));
  return (...alerts: object[]) =>
    app.inject({
      ...{ method: 'POST', url: '/alertmanager' },
      headers: { authorization: 'Bearer right' },
      payload: payload(alerts, { receiver: 'desk/rollback', externalURL: 'http://am.test' }),
    });
}

async function aCluster(): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  shows(site, cluster);
  const status = { rollback: { uid: 'uid-1', latched: false, pending: [] } };
  cluster.put({ ...anExecutor(), status });
  return cluster;
}

const keptAlerts = async () =>
  JSON.parse(await readFile(join(evidenceDir, 'alerts/desk/btc.json'), 'utf8')) as {
    text: string;
  }[];

describe('an alert', () => {
  it('is in the pack as a webhook delivered it to a replica that does not lead', async () => {
    const cluster = await aCluster();
    const to = at(server.httpsPort);
    const keepAlerts = alertKeeper({ to, clock: new ManualClock(), log: silent });
    const annotations = { summary: 'slow', note: `authorization: Bearer ${SECRET}` };
    const hear = await follower(cluster, keepAlerts);
    expect((await hear(payloadAlert({ annotations, extra: 'kept' }))).statusCode).toBe(200);
    await vi.waitFor(() =>
      expect(existsSync(join(evidenceDir, 'alerts/desk/btc.json'))).toBe(true),
    );
    cluster.putIncident(anIncident(INCIDENT));
    const leader = evidenceServer({ ...to, clock: new HastyClock(), log: silent, self: undefined });
    const incident = await cluster.incident({ namespace: 'desk', name: INCIDENT });
    if (incident === undefined) throw new Error('no incident');
    await leader.collect({ incident, before: undefined }, new AbortController().signal);
    const [pack = ''] = await readdir(join(evidenceDir, 'incidents'));
    const file = join(evidenceDir, 'incidents', pack, 'alerts-delivered.jsonl');
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(SECRET);
    expect(JSON.parse(text)).toMatchObject({
      via: 'webhook',
      alert: {
        generatorURL: 'http://prometheus',
        extra: 'kept',
        startsAt: payloadAlert().startsAt,
      },
      delivery: { receiver: 'desk/rollback', externalURL: 'http://am.test' },
    });
  });

  it('is kept once for all its repetitions, and with its end', async () => {
    const to = at(server.httpsPort);
    const clock = new ManualClock();
    const hear = await follower(await aCluster(), alertKeeper({ to, clock, log: silent }));
    await hear(payloadAlert());
    await vi.waitFor(async () => expect(await keptAlerts()).toHaveLength(1), PATIENCE);
    await clock.advance(6 * 60_000);
    await hear(payloadAlert());
    await hear(payloadAlert({ status: 'resolved' }));
    await vi.waitFor(async () => expect(await keptAlerts()).toHaveLength(2), PATIENCE);
    expect((await keptAlerts()).map(({ text }) => JSON.parse(text).alert.status)).toEqual([
      ...['firing', 'resolved'],
    ]);
  });

  it('that starts no clock is not kept', async () => {
    const handed: number[] = [];
    const hear = await follower(await aCluster(), (_, alerts) => handed.push(alerts.length));
    await hear(payloadAlert({ labels: { namespace: 'desk', executor: 'btc' } }));
    expect(handed).toEqual([0]);
  });

  it('is answered 200 while the evidence server is silent, and handed in by its repetition', async () => {
    let port = await silence();
    const to = {
      ...at(port),
      get url() {
        return `https://localhost:${port}`;
      },
    };
    const keepAlerts = alertKeeper({ to, clock: new ManualClock(), log: silent });
    const hear = await follower(await aCluster(), keepAlerts);
    const late = new Promise((ends) => setTimeout(ends, 2_000, 'late'));
    const answer = hear(payloadAlert()).then(({ statusCode }) => statusCode);
    expect(await Promise.race([answer, late])).toBe(200);
    port = server.httpsPort;
    await hear(payloadAlert());
    await vi.waitFor(async () => expect(await keptAlerts()).toHaveLength(1), PATIENCE);
  });
});

const aLog: UngatedLog = {
  ...{ namespace: 'desk', pod: 'btc-executor-0', uid: 'pod-1', at: stamp('03:00:00') },
  log: `last words\nauthorization: Bearer ${SECRET}\n`,
};

describe('the log of an ungated pod', () => {
  const stored = () => join(evidenceDir, 'ungated/desk');

  it('reaches the evidence server when that is back, also from an operator that ended meanwhile', async () => {
    const folder = join(evidenceDir, 'outbox');
    const clock = new HastyClock();
    const first = new UngatedOutbox({ folder, to: at(await silence()), clock, log: silent });
    const ending = new AbortController();
    const running = first.run(ending.signal);
    await first.put(aLog); // does not wait for anybody
    ending.abort();
    await running;
    expect(await readdir(folder)).toHaveLength(1);
    const stopping = new AbortController();
    const next = new UngatedOutbox({ folder, to: at(server.httpsPort), clock, log: silent });
    const going = next.run(stopping.signal);
    await vi.waitFor(async () => expect(await readdir(folder)).toEqual([]), PATIENCE);
    stopping.abort();
    await going;
    const [file = ''] = await readdir(stored());
    const text = await readFile(join(stored(), file), 'utf8');
    expect(text).toContain('last words');
    expect(text).not.toContain(SECRET);
  });

  it('waits in a folder that cannot grow for ever', async () => {
    const folder = join(evidenceDir, 'bounded');
    await mkdir(folder, { recursive: true });
    const outbox = new UngatedOutbox({
      folder,
      to: undefined,
      clock: new HastyClock(),
      log: silent,
    });
    for (let i = 10; i < 50; i++) await outbox.put({ ...aLog, uid: `pod-${i}` });
    const left = (await readdir(folder)).sort();
    expect(left).toHaveLength(32);
    expect(left.at(-1)).toContain('pod-49');
  });

  it.each([
    ['a token the API server does not know', 'forged', aLog, 401],
    ['another account', 'token-of-a-trader', aLog, 403],
    ['a path for a name', OPERATOR_TOKEN, { ...aLog, namespace: '../../etc' }, 422],
    ['a path for a uid', OPERATOR_TOKEN, { ...aLog, uid: '../x' }, 422],
  ])('with %s is refused', async (_, token, body, status) => {
    const what = { path: '/evidence/ungated', body, timeoutMs: 5_000 };
    expect((await post(at(server.httpsPort, token), what)).status).toBe(status);
    expect(existsSync(stored())).toBe(false);
  });
});

it('whether the evidence server answers is a metric, absent before the first look', async () => {
  const registry = new Registry();
  const clock = new ManualClock();
  const stopping = new AbortController();
  const { signal } = stopping;
  const said = async () =>
    /^trading_operator_evidence_up (.+)$/m.exec(await registry.metrics())?.[1];
  const port = server.httpsPort;
  const watching = watchEvidenceServer(at(port), registry, { clock, signal });
  expect(await said()).toBeUndefined();
  await vi.waitFor(async () => expect(await said()).toBe('1'), PATIENCE);
  await server.stop();
  await clock.advance(30_000);
  await vi.waitFor(async () => expect(await said()).toBe('0'), PATIENCE);
  server = await serverOf(site, { ...tls, evidenceDir, port });
  await clock.advance(30_000);
  await vi.waitFor(async () => expect(await said()).toBe('1'), PATIENCE);
  stopping.abort();
  await watching;
});
