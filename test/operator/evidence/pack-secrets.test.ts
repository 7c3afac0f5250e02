import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { anExecutor, anIncident } from '../rollback/builders.ts';
import type { Replies } from './fake-servers.ts';
import { jsonReply, refused } from './fake-servers.ts';
import { PLANTED, SHAPES } from './planted.ts';
import { API, openSite, type Site } from './site.ts';

const LINES = `${Object.values(SHAPES).join('\n---\n')}\n`;
const OWN = ['token-of-the-operator', 'token-for-executors'];
/** As `kubectl apply` keeps it, and as somebody may have written it by hand. */
const annotations = {
  'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ shapes: SHAPES }),
  note: LINES,
  ...Object.fromEntries(Object.values(SHAPES).map((text, i) => [`note-${i}`, text])),
};

let site: Site;
let found: string[];

beforeAll(async () => {
  site = await openSite('127.77.1.2');
  plantInSources(site.api, site.pod);
  const planted = Object.values(SHAPES).map((text, i) => ({
    ...{ key: `planted-${i}`, at: new Date().toISOString() },
    text: JSON.stringify({ via: 'webhook', alert: { annotations: { summary: text } } }),
  }));
  await site.alerts.add({ namespace: 'desk', name: 'btc' }, planted);
  site.before = annotated(anExecutor());
  site.cluster.put(annotated(site.cluster.btc));
  const incident = anIncident('btc-1');
  const alert = { ...incident.spec.alert, summary: LINES };
  site.cluster.putIncident({
    ...incident,
    metadata: { ...incident.metadata, annotations },
    spec: { ...incident.spec, alert, decision: LINES },
  });
  await site.collect();
  found = await allFiles(join(site.folder, 'volume'));
});
afterAll(() => site.close());

function annotated(executor: TradingExecutor): TradingExecutor {
  return { ...executor, metadata: { ...executor.metadata, annotations } };
}

function plantInSources(api: Replies, pod: Replies): void {
  const planted = { text: LINES };
  const pino = Object.values(SHAPES).map((msg) => JSON.stringify({ level: 30, msg, err: { msg } }));
  api[API.log] = { text: `${pino.join('\n')}\n${LINES}` };
  api[API.operatorLog] = planted;
  api[API.events] = jsonReply({ items: [{ involvedObject: { name: 'btc' }, message: LINES }] });
  api[API.prometheus] = (_body, query) =>
    query.get('query')?.startsWith('histogram') === true
      ? jsonReply({ data: { result: [{ values: [[1, '1']], notes: SHAPES }] } })
      : jsonReply({ data: { result: Object.values(SHAPES) } });
  api[API.alertmanager] = jsonReply([{ annotations: SHAPES }]);
  pod['GET /metrics'] = planted;
  pod['GET /api/version'] = { status: 500, text: LINES };
  pod['GET /audit/summary'] = jsonReply({ notes: SHAPES });
  pod['GET /control'] = jsonReply({ ...SHAPES, gate: 'shut', gatedAt: null, flatAt: 'x' });
  pod['POST /place'] = { status: 500, text: LINES };
  pod['GET /livez'] = {
    status: 500,
    text: `${'x'.repeat(180)} ${SHAPES['base64 without a name']}`,
  };
}

async function allFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

describe('with every secret planted in every source', () => {
  it('the pack has its files, so there was something to search', async () => {
    expect(found.length).toBeGreaterThanOrEqual(15);
    const { files, missing } = await site.manifest();
    expect(missing.map(({ name }) => name)).toEqual(['version.json']);
    const clean = files.filter(({ redactions }) => redactions === 0).map(({ name }) => name);
    expect(clean).toEqual(['latency.svg', 'smoke.txt']); // numbers only; redacted before it was cut
  });

  it.each([...PLANTED, ...OWN])('%s is in no file of the pack', async (secret) => {
    for (const path of found) {
      const text = await readFile(path, 'utf8');
      expect(text.includes(secret) ? path : undefined).toBeUndefined();
    }
  });

  it('nor is a part of the key that an excerpt cut in two', async () => {
    const { 'smoke.txt': smoke } = await site.files();
    expect(smoke).toContain('FAIL');
    expect(smoke).not.toContain('cGxhbnRl');
  });

  it('the reason why a file is missing is redacted, too, and stays a reason', async () => {
    const { missing } = await site.manifest();
    expect(missing[0]?.why).toContain('HTTP 500');
    expect(missing[0]?.why).toContain('[redacted]');
  });

  it('hashes and sizes are of what was kept, not of what came', async () => {
    const kept = await site.files();
    for (const { name, bytes, sha256 } of (await site.manifest()).files) {
      const text = kept[name] ?? '';
      expect([name, bytes]).toEqual([name, Buffer.byteLength(text)]);
      expect([name, sha256]).toEqual([name, createHash('sha256').update(text).digest('hex')]);
    }
  });

  it('a server that refuses and repeats what it was asked with does not get it into the pack', async () => {
    const why = `refused: ${SHAPES['a bearer token']}; ${SHAPES['a token alone']}`;
    site.api[API.events] = refused(403, 'Forbidden', why);
    site.api[API.alertmanager] = { status: 500, text: why };
    await site.collectAnew();
    const { missing } = await site.manifest();
    expect(missing.map(({ name }) => name).sort()).toEqual([
      'alertmanager.json',
      'events.yaml',
      'version.json',
    ]);
    const { 'README.md': readme, 'manifest.json': manifest } = await site.files();
    for (const secret of PLANTED) expect(`${readme}${manifest}`).not.toContain(secret);
    expect(readme).toContain('refused: Authorization: [redacted]');
  });
});
