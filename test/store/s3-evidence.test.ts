import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { verify } from '../../evidence/verify.ts';
import { KeptAlerts } from '../../operator/evidence/kept-alerts.ts';
import { heldPacks } from '../../operator/evidence/packs.ts';
import { post } from '../../operator/evidence/post.ts';
import {
  expectRolledBack,
  LINK,
  lineOf,
  linked,
  PACK,
  recorded,
} from '../operator/evidence/a-rollback.ts';
import { OPERATOR_TOKEN } from '../operator/evidence/evidence-server.ts';
import { jsonReply } from '../operator/evidence/fake-servers.ts';
import { aPack } from '../operator/evidence/store-contract.ts';
import { stamp } from '../operator/rollback/builders.ts';
import { openDesk, type S3Desk } from './s3-desk.ts';
import type { Fault } from './s3-proxy.ts';
import { BUCKET } from './s3-server.ts';

let desk: S3Desk;
beforeAll(async () => {
  desk = await openDesk('127.77.1.8');
});
afterAll(() => desk.close());
beforeEach(() => desk.begin());
afterEach(() => desk.end());

const listed = async () => JSON.parse((await desk.get('')).body).packs;

describe('evidence in a bucket', () => {
  it('is collected, linked and listed; what is downloaded is what was written', async () => {
    const heard = { key: 'webhook/firing/f1', at: stamp('03:00:00'), text: '{}' };
    const alerts = new KeptAlerts(desk.rig.store({ prefix: `${desk.prefix}/` }));
    await alerts.add({ namespace: 'desk', name: 'btc' }, [heard]);
    const { cluster } = await desk.rolledBack();
    expectRolledBack(cluster);
    await linked(cluster);
    expect(lineOf(cluster)).toBe(`Evidence: pack at ${LINK}`);
    expect(await listed()).toMatchObject([{ name: PACK, namespace: 'desk', complete: true }]);
    const folder = join(desk.rig.folder, desk.prefix);
    await mkdir(folder);
    const manifest = (await desk.get(`/${PACK}/manifest.json`)).body;
    await writeFile(join(folder, 'manifest.json'), manifest);
    for (const { name } of JSON.parse(manifest).files) {
      const { status, body } = await desk.get(`/${PACK}/${name}`);
      expect(status).toBe(200);
      await writeFile(join(folder, name), body);
    }
    expect(await verify(folder)).toEqual({ files: 17, missing: [], faults: [] });
    expect((await desk.get(`/${PACK}/nothing.txt`)).status).toBe(404);
  });

  it('loses its oldest packs once the new one is there', async () => {
    const store = desk.rig.store({ prefix: `${desk.prefix}/` });
    const older = ['20', '21', '22'].map((day) => `2026-11-${day}T00-00-00Z-btc`);
    for (const name of older) await aPack(store, name);
    await linked((await desk.rolledBack()).cluster);
    const names = async () => (await heldPacks(store)).map(({ name }) => name);
    await vi.waitFor(async () => expect(await names()).toEqual([PACK, older[2], older[1]]));
  });

  it('that cannot be read is 503 for its readers, in words that name no bucket', async () => {
    await linked((await desk.rolledBack()).cluster);
    desk.rig.proxy.fault = () => ({ status: 403, code: 'AccessDenied' });
    for (const path of ['', `/${PACK}`, `/${PACK}/README.md`]) {
      const { status, body } = await desk.get(path);
      expect([status, JSON.parse(body).error.code]).toEqual([503, 'STORE_UNAVAILABLE']);
      expect(body).not.toContain(BUCKET);
    }
    expect(desk.logged.join('')).toContain('AccessDenied');
  });

  it('holds what the operator hands in, for the server that comes after', async () => {
    const { cluster } = await desk.rolledBack();
    await linked(cluster);
    const url = `https://localhost:${desk.server.httpsPort}`;
    const to = { url, caFile: desk.tls.caFile, executorToken: async () => OPERATOR_TOKEN };
    const at = '2026-11-23T02:59:00.000Z';
    const body = { namespace: 'desk', pod: 'btc-executor-0', uid: 'u-1', at, log: 'never gated\n' };
    const given = await post(to, { path: '/evidence/ungated', body, timeoutMs: 5_000 });
    expect(given.status).toBe(204);
    await desk.restart();
    const { logs } = JSON.parse((await desk.get('', '/evidence/ungated')).body);
    expect(logs).toMatchObject([{ namespace: 'desk' }]);
    expect((await desk.get(`/desk/${logs[0].file}`, '/evidence/ungated')).body).toBe(
      'never gated\n',
    );
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
    desk.rig.proxy.fault = () => fault;
    const { cluster, logged: said } = await desk.rolledBack();
    expectRolledBack(cluster);
    await recorded(cluster);
    expect(lineOf(cluster)).toContain('could not be collected');
    expect(lineOf(cluster)).toMatch(words);
    expect(lineOf(cluster)).toContain(`bucket ${BUCKET}`);
    expect(said.join('')).toContain('the latch holds');
  });
});

it('a file the bucket refuses is missing with why; the others are there', async () => {
  desk.rig.proxy.fault = (asked) =>
    asked.startsWith('PUT') && asked.endsWith('/executor.log')
      ? { status: 403, code: 'AccessDenied' }
      : undefined;
  const { cluster } = await desk.rolledBack();
  await linked(cluster);
  const { files, missing, finishedAt } = JSON.parse((await desk.get(`/${PACK}`)).body);
  expect(finishedAt).toBeDefined();
  expect(files.length).toBeGreaterThanOrEqual(14);
  expect(missing).toContainEqual({
    name: 'executor.log',
    why: expect.stringContaining('AccessDenied'),
  });
});

it('a pack that a crash cut off says that it is not whole, and the next server goes on with it', async () => {
  const usual = desk.site.pod['GET /control'];
  const reached = new Promise<void>((resolve) => {
    desk.site.pod['GET /control'] = () => {
      resolve();
      return jsonReply({ gate: 'shut', flatAt: null }); // never flat: it keeps waiting
    };
  });
  desk.rig.proxy.seen.length = 0;
  const { cluster } = await desk.rolledBack();
  await reached;
  expect(await listed()).toMatchObject([{ name: PACK, complete: false }]);
  const cut = JSON.parse((await desk.get(`/${PACK}`)).body);
  expect(cut).not.toHaveProperty('finishedAt');
  expect(cut.files.map(({ name }: { name: string }) => name)).toContain('metrics.prom');
  if (usual !== undefined) desk.site.pod['GET /control'] = usual;
  await desk.restart();
  await linked(cluster);
  const whole = JSON.parse((await desk.get(`/${PACK}`)).body);
  expect(whole.finishedAt).toBeDefined();
  expect(whole.startedAt).toBe(cut.startedAt);
  const written = desk.rig.proxy.seen.filter((one) => /^PUT .*\/metrics\.prom$/.test(one));
  expect(written).toHaveLength(1);
});
