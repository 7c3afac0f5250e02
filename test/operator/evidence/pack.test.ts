import { createHash } from 'node:crypto';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepUngated } from '../../../operator/evidence/ungated.ts';
import { jsonReply, type Reply } from './fake-servers.ts';
import { API, aPod, HOUR, openSite, PACK, POD, type Site } from './site.ts';

const IP = '127.77.1.1';
let site: Site;
beforeAll(async () => {
  site = await openSite(IP);
});
afterAll(() => site.close());

const WHOLE = [
  'README.md',
  'alertmanager.json',
  'alerts-delivered.jsonl',
  'alerts.json',
  'audit.json',
  'control.json',
  'events.yaml',
  'executor-after.yaml',
  'executor-before.yaml',
  'executor.log',
  'incident.yaml',
  'latency.svg',
  'metrics.prom',
  'operator.log',
  'prometheus.json',
  'smoke.txt',
  'version.json',
];

it('a whole pack lists each of its files with its size and its SHA-256, and lacks nothing', async () => {
  const { link, missing } = await site.collectAnew();
  expect(link).toBe(`https://operator.example/evidence/incidents/${PACK}/`);
  expect(missing).toEqual([]);
  const { 'manifest.json': _, ...files } = await site.files();
  const manifest = await site.manifest();
  expect(manifest).toMatchObject({ incident: 'btc-1', namespace: 'desk', missing: [] });
  expect(manifest.finishedAt).toBeDefined();
  expect(manifest.files.map(({ name }) => name).sort()).toEqual(WHOLE);
  const measured = Object.entries(files).map(([name, text]) => ({
    name,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    redactions: 0,
  }));
  expect([...manifest.files].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(measured);
});

it('keeps what each source said', async () => {
  await site.collectAnew();
  const files = await site.files();
  expect(files['metrics.prom']).toBe('spark_kill_switch 1\nspark_open_orders 0\n');
  expect(files['executor.log']).toContain('"msg":"started"');
  expect(files['operator.log']).toContain('"msg":"latched"');
  expect(files['version.json']).toContain('"tag":"v1.2-ramp"');
  expect(files['events.yaml']).toContain('put on paper');
  expect(files['executor-before.yaml']).toContain('mode: live');
  expect(files['smoke.txt']?.match(/^PASS {2}/gm)).toHaveLength(6);
  expect(files['README.md']).toContain('6 passed, 0 failed');
});

it('has the last words of a pod that did not confirm this kill, of nobody else’s and of no other', async () => {
  const { store } = site.options;
  const one = {
    namespace: 'desk',
    pod: POD,
    uid: 'u1',
    at: '2026-11-23T02:59:06.000Z',
    log: 'stuck',
  };
  await keepUngated(store, one);
  await keepUngated(store, {
    ...one,
    uid: 'u2',
    at: '2026-11-23T01:00:00.000Z',
    log: 'of an earlier kill',
  });
  await keepUngated(store, { ...one, uid: 'u3', pod: 'btc-2-executor-0', log: 'of another' });
  await keepUngated(store, { ...one, uid: 'u4', namespace: 'other', log: 'of elsewhere' });
  const { missing } = await site.collectAnew();
  const files = await site.files();
  expect(missing).toEqual([]);
  expect(Object.keys(files).filter((name) => name.startsWith('ungated'))).toEqual(['ungated.log']);
  expect(files['ungated.log']).toBe('stuck');
  expect(files['README.md']).toContain('did not confirm the kill');
  await store.remove('ungated');
});

it('a finished pack is not touched by whoever asks for it again', async () => {
  const first = await site.collectAnew();
  const kept = await site.files();
  site.pod['GET /metrics'] = { text: 'spark_kill_switch 0\n' };
  expect(await site.collect()).toEqual(first);
  expect(await site.files()).toEqual(kept);
  site.pod['GET /metrics'] = { text: 'spark_kill_switch 1\nspark_open_orders 0\n' };
});

it('a pack that was cut off goes on: what was read at the moment of the rollback stays', async () => {
  const folder = join(site.evidenceDir, 'incidents', PACK);
  site.pod['GET /control'] = () => {
    // the process ends here: what is in the folder now is what the next one finds
    cpSync(folder, join(site.folder, 'cut-off'), { recursive: true });
    return jsonReply({ gate: 'shut', flatAt: 'now' });
  };
  await site.collectAnew();
  rmSync(folder, { recursive: true });
  renameSync(join(site.folder, 'cut-off'), folder);
  const cut = await site.manifest();
  expect(cut.finishedAt).toBeUndefined();
  const usual = site.pod['GET /metrics'];
  site.pod['GET /metrics'] = { text: 'spark_kill_switch 9\n' };
  site.before = undefined; // another operator asks
  expect((await site.collect()).missing).toEqual([]);
  if (usual !== undefined) site.pod['GET /metrics'] = usual;
  const files = await site.files();
  expect(files['metrics.prom']).toContain('spark_kill_switch 1');
  expect(files['executor-before.yaml']).toContain('mode: live');
  const { files: listed, startedAt, finishedAt } = await site.manifest();
  expect(listed.map(({ name }) => name).sort()).toEqual(WHOLE);
  expect([startedAt, typeof finishedAt]).toEqual([cut.startedAt, 'string']);
});

it('has a picture of the hour against the SLO, and the page shows it', async () => {
  site.api[API.prometheus] = HOUR;
  await site.collectAnew();
  const { 'latency.svg': svg = '', 'README.md': page } = await site.files();
  expect(page).toContain('](latency.svg)');
  expect(svg).toContain('SLO 1 s');
  const points = /<polyline points="([^"]+)"/.exec(svg)?.[1]?.split(' ') ?? [];
  expect(points).toHaveLength(241);
  const [slow, slo] = [
    Number(points.at(-1)?.split(',')[1]),
    Number(/y1="([\d.]+)" y2="[\d.]+" stroke="#c62828"/.exec(svg)?.[1]),
  ];
  const [end, label] = [
    Number(points.at(-1)?.split(',')[0]),
    Number(/<text x="([\d.]+)"[^>]*>SLO 1 s/.exec(svg)?.[1]),
  ];
  expect(label).toBeGreaterThan(end); // beside the curve, which ends at the rollback
  const quick = Number(points[0]?.split(',')[1]);
  expect(slow).toBeLessThan(slo); // downwards is larger
  expect(quick).toBeGreaterThan(slo);
});

it('reads a second pod and the process before a restart into files of their own', async () => {
  const usual = site.api[API.pods];
  site.api[API.pods] = jsonReply({ items: [aPod(POD, IP, 2), aPod('btc-executor-1', IP)] });
  site.api[API.log] = (_body, query) => ({
    text: query.get('previous') === 'true' ? 'the process before\n' : 'the process now\n',
  });
  site.api[API.log.replace(POD, 'btc-executor-1')] = { text: 'the other pod\n' };
  await site.collectAnew();
  if (usual !== undefined) site.api[API.pods] = usual;
  const files = await site.files();
  expect(files).toMatchObject({
    'executor.log': 'the process now\n',
    'executor-previous.log': 'the process before\n',
    'executor-btc-executor-1.log': 'the other pod\n',
    'metrics-btc-executor-1.prom': expect.stringContaining('spark_kill_switch'),
    'version-btc-executor-1.json': expect.stringContaining('v1.2-ramp'),
  });
  expect(files['smoke.txt']?.match(/^PASS {2}/gm)).toHaveLength(12);
});

/** As the kubelet does it: the last lines, and of these the first bytes. */
const kubeletLog =
  (lines: readonly string[]) =>
  (_body: string, query: URLSearchParams): Reply => {
    const tail = Number(query.get('tailLines') ?? lines.length);
    const bytes = Number(query.get('limitBytes') ?? Number.POSITIVE_INFINITY);
    return { text: lines.slice(-tail).join('\n').slice(0, bytes) };
  };

it('of a long log it keeps the end, where the rollback is', async () => {
  const usual = site.api[API.log];
  const lines = Array.from(
    { length: 30_000 },
    (_, i) => `line ${i} ${'order acknowledged '.repeat(15)}`,
  );
  site.api[API.log] = kubeletLog([...lines, 'the gate shut']);
  await site.collectAnew();
  if (usual !== undefined) site.api[API.log] = usual;
  expect((await site.files())['executor.log']).toMatch(/the gate shut$/);
});

it('a source that never ends fills no volume: the last 8 MiB are kept, and it says so', async () => {
  site.api[API.prometheus] = { text: `${'0 '.repeat(4.5 * 1024 * 1024)}the end` };
  await site.collectAnew();
  const text = (await site.files())['prometheus.json'] ?? '';
  expect(text.length).toBeLessThan(8 * 1024 * 1024 + 100);
  expect(text).toMatch(/^\[cut: \d+ bytes, the last 8388608 follow\]\n/);
  expect(text).toMatch(/the end$/);
});
