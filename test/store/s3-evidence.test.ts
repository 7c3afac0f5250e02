import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../evidence/verify.ts';
import { KeptAlerts } from '../../operator/evidence/kept-alerts.ts';
import { post } from '../../operator/evidence/post.ts';
import type { EvidenceServer } from '../../operator/evidence/server.ts';
import {
  aRollback,
  expectRolledBack,
  LINK,
  lineOf,
  linked,
  PACK,
  recorded,
} from '../operator/evidence/a-rollback.ts';
import {
  makeTls,
  OPERATOR_TOKEN,
  serverOf,
  type Tls,
} from '../operator/evidence/evidence-server.ts';
import { jsonReply } from '../operator/evidence/fake-servers.ts';
import { openSite, type Site } from '../operator/evidence/site.ts';
import { stamp } from '../operator/rollback/builders.ts';
import type { Fault } from './s3-proxy.ts';
import { mountSecret, openRig, type S3Rig } from './s3-rig.ts';
import { BUCKET, KEYS } from './s3-server.ts';

const REVIEW = 'POST /apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS = 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews';
const SESSION = 'planted/session+token-of-the-bucket-0123456789abcdef';

let rig: S3Rig;
let site: Site;
let tls: Tls;
let agent: Agent;
let server: EvidenceServer;
let prefix: string;
let count = 0;
const logged: string[] = [];
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  rig = await openRig();
  site = await openSite('127.77.1.8');
  tls = await makeTls(site);
  await mountSecret(rig.credentialsDir, { ...KEYS, sessionToken: SESSION });
  agent = new Agent({ connect: { ca: await readFile(tls.caFile, 'utf8') }, allowH2: false });
});
afterAll(async () => {
  await agent.destroy();
  await site.close();
  await rig.close();
});
beforeEach(async () => {
  rig.proxy.fault = () => undefined;
  prefix = `release-${++count}`;
  server = await started();
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await server.stop();
});

const started = (port = 0) =>
  serverOf(site, {
    ...{ tlsDir: tls.tlsDir, port },
    log: pino({}, { write: (line: string) => logged.push(line) }),
    flags: {
      ...{ storage: 's3', 's3-endpoint': rig.proxy.origin, 's3-bucket': BUCKET },
      ...{ 's3-prefix': prefix, 's3-credentials-dir': rig.credentialsDir },
    },
  });

async function rolledBack() {
  const done = await aRollback(site, { tls, port: server.httpsPort });
  ends.push(() => done.replica.stop());
  // people with a token of the API server may read, beside the operator
  const operator = site.api[REVIEW];
  site.api[REVIEW] = (body, query) => {
    const { token } = JSON.parse(body).spec;
    if (token === OPERATOR_TOKEN && typeof operator === 'function') return operator(body, query);
    return jsonReply({ status: { authenticated: true, user: { username: 'anna' } } }, 201);
  };
  site.api[ACCESS] = jsonReply({ status: { allowed: true } }, 201);
  return done;
}

async function get(
  path: string,
  under = '/evidence/incidents',
): Promise<{ status: number; body: string }> {
  const origin = `https://localhost:${server.httpsPort}`;
  const headers = { authorization: 'Bearer token-of-anna' };
  const asked = { origin, path: `${under}${path}`, method: 'GET' as const, headers };
  const { statusCode, body } = await agent.request(asked);
  return { status: statusCode, body: await body.text() };
}

const listed = async () => JSON.parse((await get('')).body).packs;

describe('evidence in a bucket', () => {
  it('is collected, linked and listed; what is downloaded is what was written', async () => {
    const heard = { key: 'webhook/firing/f1', at: stamp('03:00:00'), text: '{}' };
    const alerts = new KeptAlerts(rig.store({ prefix: `${prefix}/` }));
    await alerts.add({ namespace: 'desk', name: 'btc' }, [heard]);
    const { cluster } = await rolledBack();
    expectRolledBack(cluster);
    await linked(cluster);
    expect(lineOf(cluster)).toBe(`Evidence: pack at ${LINK}`);
    expect(await listed()).toMatchObject([{ name: PACK, namespace: 'desk', complete: true }]);
    const folder = join(rig.folder, prefix);
    await mkdir(folder);
    const manifest = (await get(`/${PACK}/manifest.json`)).body;
    await writeFile(join(folder, 'manifest.json'), manifest);
    for (const { name } of JSON.parse(manifest).files) {
      const { status, body } = await get(`/${PACK}/${name}`);
      expect(status).toBe(200);
      await writeFile(join(folder, name), body);
    }
    expect(await verify(folder)).toEqual({ files: 17, missing: [], faults: [] });
    expect((await get(`/${PACK}/nothing.txt`)).status).toBe(404);
  });

  it('that cannot be read is 503 for its readers, in words that name no bucket', async () => {
    await linked((await rolledBack()).cluster);
    rig.proxy.fault = () => ({ status: 403, code: 'AccessDenied' });
    for (const path of ['', `/${PACK}`, `/${PACK}/README.md`]) {
      const { status, body } = await get(path);
      expect([status, JSON.parse(body).error.code]).toEqual([503, 'STORE_UNAVAILABLE']);
      expect(body).not.toContain(BUCKET);
    }
    expect(logged.join('')).toContain('AccessDenied');
  });

  it('holds what the operator hands in, for the server that comes after', async () => {
    const { cluster } = await rolledBack();
    await linked(cluster);
    const { httpsPort } = server;
    const url = `https://localhost:${httpsPort}`;
    const to = { url, caFile: tls.caFile, executorToken: async () => OPERATOR_TOKEN };
    const at = '2026-11-23T02:59:00.000Z';
    const body = { namespace: 'desk', pod: 'btc-executor-0', uid: 'u-1', at, log: 'never gated\n' };
    const given = await post(to, { path: '/evidence/ungated', body, timeoutMs: 5_000 });
    expect(given.status).toBe(204);
    await server.stop();
    server = await started(httpsPort);
    const { logs } = JSON.parse((await get('', '/evidence/ungated')).body);
    expect(logs).toMatchObject([{ namespace: 'desk' }]);
    expect((await get(`/desk/${logs[0].file}`, '/evidence/ungated')).body).toBe('never gated\n');
  });
});

describe('a bucket that takes nothing never stops a rollback, and the incident says why', () => {
  it.each<[string, Fault, RegExp]>([
    [
      'refuses',
      { status: 403, code: 'AccessDenied' },
      /HTTP 403 AccessDenied.*needs s3:ListBucket/,
    ],
    [
      'is full',
      { status: 507, code: 'XMinioStorageFull', message: 'no space' },
      /HTTP 507.*no space/,
    ],
    ['is not there', { status: 404, code: 'NoSuchBucket' }, /NoSuchBucket.*make the bucket/],
    ['is too busy', { status: 503, code: 'SlowDown' }, /HTTP 503 SlowDown/],
    ['does not answer', { lost: 'asked' }, /socket|closed|reset/i],
  ])('%s', async (_what, fault, words) => {
    rig.proxy.fault = () => fault;
    const { cluster, logged: said } = await rolledBack();
    expectRolledBack(cluster);
    await recorded(cluster);
    expect(lineOf(cluster)).toContain('could not be collected');
    expect(lineOf(cluster)).toMatch(words);
    expect(lineOf(cluster)).toContain(`bucket ${BUCKET}`);
    expect(said.join('')).toContain('the latch holds');
  });
});

it('a file the bucket refuses is missing with why; the others are there', async () => {
  rig.proxy.fault = (asked) =>
    asked.startsWith('PUT') && asked.endsWith('/executor.log')
      ? { status: 403, code: 'AccessDenied' }
      : undefined;
  const { cluster } = await rolledBack();
  await linked(cluster);
  const { files, missing, finishedAt } = JSON.parse((await get(`/${PACK}`)).body);
  expect(finishedAt).toBeDefined();
  expect(files.length).toBeGreaterThanOrEqual(14);
  expect(missing).toContainEqual({
    name: 'executor.log',
    why: expect.stringContaining('AccessDenied'),
  });
});

it('a pack that a crash cut off says that it is not whole, and the next server goes on with it', async () => {
  const usual = site.pod['GET /control'];
  const reached = new Promise<void>((resolve) => {
    site.pod['GET /control'] = () => {
      resolve();
      return jsonReply({ gate: 'shut', flatAt: null }); // never flat: it keeps waiting
    };
  });
  rig.proxy.seen.length = 0;
  const { cluster } = await rolledBack();
  await reached;
  expect(await listed()).toMatchObject([{ name: PACK, complete: false }]);
  const cut = JSON.parse((await get(`/${PACK}`)).body);
  expect(cut).not.toHaveProperty('finishedAt');
  expect(cut.files.map(({ name }: { name: string }) => name)).toContain('metrics.prom');
  const { httpsPort } = server;
  await server.stop();
  if (usual !== undefined) site.pod['GET /control'] = usual;
  server = await started(httpsPort);
  await linked(cluster);
  const whole = JSON.parse((await get(`/${PACK}`)).body);
  expect(whole.finishedAt).toBeDefined();
  expect(whole.startedAt).toBe(cut.startedAt);
  const written = rig.proxy.seen.filter((one) => /^PUT .*\/metrics\.prom$/.test(one));
  expect(written).toHaveLength(1);
});

it('no key of the bucket is in a log, an incident, an answer or the evidence, whatever it repeats', async () => {
  const echo = (headers: Record<string, unknown>) =>
    `${KEYS.secretAccessKey} ${JSON.stringify(headers)}`.replaceAll('"', '&quot;');
  const said: string[] = [];
  for (const refusedPath of ['manifest.json', '/executor.log', '/README.md']) {
    rig.proxy.fault = (asked, headers) =>
      asked.startsWith('PUT') && asked.endsWith(refusedPath)
        ? { status: 403, code: 'AccessDenied', message: echo(headers) }
        : undefined;
    const { cluster, logged: told, replica } = await rolledBack();
    await recorded(cluster);
    await replica.stop();
    const objects = [...cluster.records.values(), ...cluster.executors.values()];
    said.push(told.join(''), JSON.stringify(objects), JSON.stringify([...cluster.events.values()]));
    said.push((await get('')).body, (await get(`/${PACK}`)).body);
  }
  rig.proxy.fault = (_asked, headers) => ({ status: 500, code: SESSION, message: echo(headers) });
  said.push((await get('')).body);
  rig.proxy.fault = () => undefined;
  const store = rig.store({ prefix: '' });
  for (const { path } of await store.list(prefix)) {
    const stored = await store.read(`${prefix}/${path}`);
    said.push(path, stored === undefined ? '' : await text(stored.content));
  }
  const all = [...said, ...logged].join('\n');
  expect(all).toContain('AccessDenied');
  expect(all).toContain('[redacted]');
  for (const secret of [...Object.values(KEYS), SESSION]) expect(all).not.toContain(secret);
});
