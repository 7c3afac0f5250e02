import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executorPath, executorsPath, incidentPath, incidentsPath } from '../../crds/kube/paths.ts';
import { API_VERSION } from '../../crds/names.ts';
import { TradingExecutorSpec } from '../../crds/trading-executor.ts';
import { specCases } from '../crds/spec-cases.ts';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { installCrds } from './installed-crds.ts';

let server: ApiServer;
beforeAll(async () => {
  await ensureBinaries(['kubectl'], () => undefined);
  server = await startApiServer({ controllers: false });
  await installCrds(server);
});
afterAll(() => server?.stop());

const executors = executorsPath('default');
const strictly = '?fieldValidation=Strict';
const executor = (name: string, spec: object) => ({
  apiVersion: API_VERSION,
  kind: 'TradingExecutor',
  metadata: { name },
  spec,
});
const btcturk = { venue: { name: 'btcturk' } };

async function kubectl(...words: string[]): Promise<string> {
  const own = [
    '--kubeconfig',
    server.kubeconfigPath,
    '--cache-dir',
    `${server.kubeconfigPath}-cache`,
  ];
  const { stdout } = await promisify(execFile)(binary('kubectl'), [...own, ...words]);
  return stdout;
}

describe('a TradingExecutor', () => {
  it.each(specCases)('with $name is judged as by zod, and told why', async ({ spec, refused }) => {
    const wanted = executor('judged', spec);
    const { status, body } = await server.request(
      'POST',
      `${executors}${strictly}&dryRun=All`,
      wanted,
    );
    expect([status, body.message]).toEqual(
      refused === undefined ? [201, undefined] : [422, expect.stringContaining(refused)],
    );
  });

  it('is filled in with the defaults that zod knows', async () => {
    const { body } = await server.request('POST', executors, executor('defaults', btcturk));
    expect(body.spec).toEqual(TradingExecutorSpec.parse(btcturk));
    expect(body.spec).toMatchObject({
      mode: 'paper',
      killSwitch: false,
      limits: { maxOrdersPerMinute: 30, maxNotionalTryPerSecond: 500, maxConcurrency: 4 },
      clock: { maxDriftMs: 2_000 },
      rollback: { enabled: true, persistFor: '10m', honourSilences: false },
      control: { confirmWithin: '5s', lossGrace: '15s', cancelOnKill: true },
      ladder: { holdFor: '1m' },
      store: { type: 'sqlite' },
      venue: { timeoutMs: 5_000 },
    });
  });

  it('is filled in around what it does say', async () => {
    const spec = { ...btcturk, limits: { maxConcurrency: 1 }, rollback: { persistFor: '30s' } };
    const { body } = await server.request('POST', executors, executor('half', spec));
    expect(body.spec).toEqual(TradingExecutorSpec.parse(spec));
  });

  it.each(['paper', 'trickle', 'bist', 'postgres'])(
    'of the example %s is accepted',
    async (name) => {
      const file = join(import.meta.dirname, '../../crds/examples', `${name}.yaml`);
      const example = load(await readFile(file, 'utf8'));
      const { status } = await server.request('POST', `${executors}${strictly}`, example);
      expect(status).toBe(201);
    },
  );

  it('with a misspelt field is refused when validated strictly', async () => {
    const wanted = executor('typo', { ...btcturk, kilSwitch: true });
    const { status, body } = await server.request('POST', `${executors}${strictly}`, wanted);
    expect([status, body.message]).toEqual([
      400,
      expect.stringContaining('unknown field "spec.kilSwitch"'),
    ]);
  });

  it.each([
    ['a'.repeat(40), 201, undefined],
    ['a'.repeat(41), 422, 'at most 40 characters'],
    ['with.dot', 422, 'must start with a letter and hold only lower-case letters'],
    ['1st', 422, 'must start with a letter'],
  ])('called %s is answered %i', async (name, status, message) => {
    const answer = await server.request('POST', executors, executor(name, btcturk));
    expect(answer.status).toBe(status);
    if (message) expect(answer.body.message).toContain(message);
  });

  it.each<[string, object, string]>([
    [
      'venue',
      { venue: { name: 'bist' }, whitelist: [] },
      'create another TradingExecutor for the other venue',
    ],
    [
      'store',
      { store: { type: 'postgres', secretRef: { name: 'pg' } } },
      'create another TradingExecutor for another store',
    ],
  ])('keeps its %s', async (field, spec, message) => {
    const name = `keeps-${field}`;
    await server.request('POST', executors, executor(name, btcturk));
    const { status, body } = await merge(executorPath({ namespace: 'default', name }), { spec });
    expect([status, body.message]).toEqual([422, expect.stringContaining(message)]);
  });

  it('may keep its orders longer or shorter in the same store', async () => {
    const store = { type: 'postgres', secretRef: { name: 'pg' } };
    await server.request('POST', executors, executor('keeps-orders', { ...btcturk, store }));
    const path = executorPath({ namespace: 'default', name: 'keeps-orders' });
    const { status, body } = await merge(path, { spec: { store: { keepFor: '168h' } } });
    expect([status, body.spec?.store]).toEqual([200, { ...store, keepFor: '168h' }]);
  });

  it('has a status that only the status path writes', async () => {
    const wanted = { ...executor('own-status', btcturk), status: { ladder: { reached: 'live' } } };
    const { body } = await server.request('POST', executors, wanted);
    expect(body.status).toBeUndefined();
    const path = executorPath({ namespace: 'default', name: 'own-status' }, 'status');
    const written = await merge(path, {
      status: { ladder: { reached: 'trickle' } },
      spec: { mode: 'live' },
    });
    expect(written.body).toMatchObject({
      status: { ladder: { reached: 'trickle' } },
      spec: { mode: 'paper' },
    });
  });
});

const merge = (path: string, patch: object) =>
  server.request('PATCH', path, patch, { contentType: 'application/merge-patch+json' });

describe('a TradingIncident', () => {
  const facts = {
    executor: { name: 'main', uid: 'uid-1' },
    alert: { name: 'PlaceAckLatencyRollback', fingerprint: 'f', since: '2026-11-23T00:00:00Z' },
    decision: 'put on paper and killed',
    decidedAt: '2026-11-23T00:10:00.123Z',
    before: { mode: 'trickle', killSwitch: false },
    after: { mode: 'paper', killSwitch: true },
  };
  const path = incidentPath({ namespace: 'default', name: 'main-20261123001000' });

  it('keeps its facts and takes an acknowledgement', async () => {
    const kind = 'TradingIncident';
    const metadata = { name: 'main-20261123001000' };
    const wanted = { apiVersion: API_VERSION, kind, metadata, spec: facts };
    const made = await server.request('POST', `${incidentsPath('default')}${strictly}`, wanted);
    expect([made.status, made.body.spec]).toEqual([201, facts]);
    const changed = await merge(path, { spec: { decision: 'nothing' } });
    expect([changed.status, changed.body.message]).toEqual([
      422,
      expect.stringContaining('an incident is a record and cannot be changed; its status can'),
    ]);
    const acknowledged = { by: 'desk', at: '2026-11-23T00:20:00Z' };
    expect((await merge(`${path}/status`, { status: { acknowledged } })).status).toBe(200);
  });

  it('reads well in a list', async () => {
    const [header = '', row = ''] = (await kubectl('get', 'tin')).split('\n');
    expect(header.split(/\s{2,}/).slice(0, 5)).toEqual([
      'NAME',
      'EXECUTOR',
      'ALERT',
      'SINCE',
      'ACKNOWLEDGED-BY',
    ]);
    expect(row).toMatch(/^main-20261123001000 +main +PlaceAckLatencyRollback +\S+ +desk/);
  });
});

describe('kubectl', () => {
  it('lists executors in at most 120 columns', async () => {
    const name = 'btcturk-ankara-main-desk-two';
    const keys = { name: 'btcturk', credentialsSecretRef: { name: 'keys' } };
    const spec = { mode: 'trickle', version: 'v1.2-ramp', venue: keys };
    await server.request('POST', executors, executor(name, spec));
    const status = {
      effective: { mode: 'paper', killSwitch: true, reason: 'RollbackLatched' },
      stability: { state: 'WATCH', reasons: ['NoTraffic'] },
      ladder: { reached: 'trickle' },
      conditions: [
        {
          ...{
            type: 'KillSwitchConfirmed',
            status: 'Unknown',
            reason: 'Asking',
            message: 'asking',
          },
          lastTransitionTime: '2026-11-23T00:00:00Z',
        },
      ],
    };
    const path = executorPath({ namespace: 'default', name }, 'status');
    expect((await merge(path, { status })).status).toBe(200);
    const lines = (await kubectl('get', 'tex', name)).trimEnd().split('\n');
    expect(lines[0]?.split(/\s+/)).toEqual([
      'NAME',
      'MODE',
      'EFFECTIVE',
      'KILLED',
      'CONFIRMED',
      'STABILITY',
      'LADDER',
      'VERSION',
      'AGE',
    ]);
    expect(lines[1]).toMatch(/trickle +paper +true +Unknown +WATCH +trickle +v1\.2-ramp/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it('knows the category trading', async () => {
    expect(await kubectl('get', 'trading', '-o', 'name')).toContain(
      'tradingincident.spark.trading/main-',
    );
  });

  it('explains every field of a spec', async () => {
    // The API server publishes the schema a moment after it serves the resource.
    const explain = () => kubectl('explain', 'tex.spec').catch((fault) => String(fault));
    await expect.poll(explain, { timeout: 30_000 }).toContain('What a desk wants of one executor.');
    const text = await explain();
    expect(text).toMatch(
      /killSwitch\t<boolean>\n {4}true: no new order leaves, within milliseconds/,
    );
    expect(text).not.toContain('<no description>');
  });
});
