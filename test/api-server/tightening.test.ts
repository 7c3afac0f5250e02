import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executorPath, executorsPath } from '../../crds/kube/paths.ts';
import { API_VERSION } from '../../crds/names.ts';
import { definitions } from '../../crds/schema/definition.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { installCrds } from './installed-crds.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer({ controllers: false });
});
afterAll(() => server?.stop());

const executors = executorsPath('default');
const keys = { name: 'btcturk', credentialsSecretRef: { name: 'keys' } };
const bist = { ...keys, name: 'bist' };
const executor = (name: string, spec: object) => ({
  apiVersion: API_VERSION,
  kind: 'TradingExecutor',
  metadata: { name },
  spec,
});

/** Each tightens what an executor may do, and must be accepted whatever else the object says. */
const tightenings: readonly (readonly [string, object])[] = [
  ['a kill', { killSwitch: true }],
  ['trickle', { mode: 'trickle' }],
  ['paper', { mode: 'paper' }],
  ['a kill and paper', { killSwitch: true, mode: 'paper' }],
  ['no orders', { limits: { maxOrdersPerMinute: 0, maxNotionalTryPerSecond: 0 } }],
  ['no open orders', { limits: { maxOpenOrders: 0, maxOpenNotionalTry: 0 } }],
  ['no symbols', { whitelist: [] }],
  ['no callers', { callers: [] }],
  ['a short grace', { control: { lossGrace: '3s' } }],
  ['a quick rollback', { rollback: { enabled: true, persistFor: '1s' } }],
];

/** What an older, laxer CRD has let in: `valid` is not there, each other breaks a rule of today. */
const inherited: readonly (readonly [string, object])[] = [
  ['valid', { mode: 'live', venue: keys }],
  ['live-without-keys', { mode: 'live', venue: { name: 'btcturk' } }],
  ['live-bist', { mode: 'live', venue: bist, whitelist: ['GARAN.E'] }],
  ['bist-without-whitelist', { mode: 'live', venue: bist }],
  ['no-unit', { mode: 'live', venue: keys, ladder: { holdFor: '10' } }],
  ['limits-too-high', { mode: 'live', venue: keys, clock: { maxDriftMs: 999_999 } }],
  ['symbols-in-small', { mode: 'live', venue: { ...keys, baseUrl: 'nonsense' } }],
  ['postgres-without-secret', { mode: 'live', venue: keys, store: { type: 'postgres' } }],
  [`${'long-'.repeat(12)}name`, { mode: 'live', venue: keys }],
  ['a.name.with.dots', { mode: 'live', venue: keys }],
];

/** The same CRDs with every bound and rule taken out. */
function lax(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(lax);
  if (node === null || typeof node !== 'object') return node;
  const bounds =
    /^(x-kubernetes-validations|maximum|minimum|max(Length|Items|Properties)|min(Length|Items)|enum)$/;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (bounds.test(key) ? [] : [[key, lax(value)]])),
  );
}

const merge = (path: string, patch: object) =>
  server.request('PATCH', path, patch, { contentType: 'application/merge-patch+json' });

describe('no write that tightens is ever refused', () => {
  beforeAll(async () => {
    const strict = Object.values(definitions());
    await installCrds(server, strict.map(lax) as object[]);
    for (const [name, spec] of inherited) {
      const { status, body } = await server.request('POST', executors, executor(name, spec));
      if (status !== 201) throw new Error(`${name}: ${body.message}`);
    }
    await installCrds(server, strict);
    const wrong = executor('wrong', { mode: 'fast', venue: keys });
    while ((await server.request('POST', `${executors}?dryRun=All`, wrong)).status === 201) {
      await sleep(50);
    }
  });

  const rows = inherited.flatMap(([name]) =>
    tightenings.map(([what, spec]) => ({ name, what, spec })),
  );
  it.each(rows)('$what on $name', async ({ name, spec }) => {
    const path = `${executorPath({ namespace: 'default', name })}?dryRun=All`;
    const { status, body } = await merge(path, { spec });
    expect([status, body.message]).toEqual([200, undefined]);
  });

  it.each(inherited)('a latch in the status of %s', async (name) => {
    const key = { namespace: 'default', name };
    const { body } = await server.request('GET', executorPath(key));
    const rollback = { uid: body.metadata.uid, pending: [], latched: true };
    const { status } = await merge(executorPath(key, 'status'), { status: { rollback } });
    expect(status).toBe(200);
  });

  it.each([
    ['live-without-keys', { killSwitch: false, limits: { maxOrdersPerMinute: 60 } }, 200],
    ['valid', { venue: { credentialsSecretRef: null } }, 422],
  ])('but %s is still judged when it changes what is wrong', async (name, spec, status) => {
    const path = `${executorPath({ namespace: 'default', name })}?dryRun=All`;
    expect((await merge(path, { spec })).status).toBe(status);
  });

  it('refuses to raise a mode without keys', async () => {
    const path = executorPath({ namespace: 'default', name: 'live-without-keys' });
    expect((await merge(path, { spec: { mode: 'paper' } })).status).toBe(200);
    expect((await merge(path, { spec: { mode: 'trickle' } })).status).toBe(422);
  });
});
