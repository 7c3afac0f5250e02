import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { collectRelease } from '../../evidence/release/collect.ts';
import { verify } from '../../evidence/verify.ts';
import { makeAuthority, makeCertificate } from '../api-server/certificates.ts';
import { PLANTED, SHAPES } from '../operator/evidence/planted.ts';

const TAG = 'v1.2-ramp';
const TOKEN = 'token-of-a-caller';
const METRICS = `spark_orders_total{status="acked",error_class="none"} 100
spark_place_ack_duration_seconds_bucket{le="1",mode="live",outcome="acked"} 50
spark_place_ack_duration_seconds_bucket{le="2.5",mode="live",outcome="acked"} 100
spark_place_ack_duration_seconds_bucket{le="+Inf",mode="live",outcome="acked"} 100
`;

let folder: string;
let releases: string;
let replies: Record<string, string>;
let letsAnybodyIn = false;
const path = process.env.PATH;
const closing: (() => void)[] = [];

/** What the pod answers; everything but /livez, /readyz and /metrics wants the token. */
const listener: RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://pod');
  const isOpen = ['/livez', '/readyz', '/metrics'].includes(pathname);
  const known = isOpen || letsAnybodyIn || request.headers.authorization === `Bearer ${TOKEN}`;
  const text = replies[pathname];
  response.writeHead(known ? (text === undefined ? 404 : 200) : 401).end(text ?? '{}');
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'release-'));
  const authority = await makeAuthority(folder, 'authority');
  const name = 'DNS:btc-executor.desk.svc';
  const pair = await makeCertificate(authority, 'pod', '/CN=executor', [name]);
  const tls = { cert: await readFile(pair.certPath), key: await readFile(pair.keyPath) };
  const ports: number[] = [];
  for (const server of [createServer(listener), createTlsServer(tls, listener)]) {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    ports.push((server.address() as AddressInfo).port);
    closing.push(() => server.close());
  }
  const ca = await readFile(authority.certPath, 'utf8');
  await answers('configmap.json', { data: { 'ca.crt': ca } });
  await fakeKubectl(ports);
});
afterAll(async () => {
  for (const close of closing) close();
  process.env.PATH = path;
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  releases = join(folder, 'releases');
  await rm(releases, { recursive: true, force: true });
  replies = {
    '/livez': 'ok',
    '/readyz': 'ok',
    '/metrics': METRICS,
    '/api/version': JSON.stringify({ tag: TAG, commit: 'abc', builtAt: 'then' }),
    '/control': '{"gate":"open"}',
    '/audit/summary': '{"orders":100}',
  };
  const metadata = { name: 'btc', namespace: 'desk' };
  const callers = [{ serviceAccount: { namespace: 'desk', name: 'strategy' }, role: 'trader' }];
  const spec = { version: TAG, mode: 'live', callers };
  await answers('executors.json', { items: [{ metadata, spec }] });
  await answers('query.json', { data: { result: [{ value: [1, '0.0005'] }] } });
});

const answers = (name: string, value: object) =>
  writeFile(join(folder, name), JSON.stringify(value));

/** Answers from files, and forwards to the pod's two ports. */
async function fakeKubectl([plain, secure]: readonly number[]): Promise<void> {
  const bin = join(folder, 'bin');
  const script = `#!/bin/sh
forwarded() { echo "Forwarding from 127.0.0.1:$1 -> $2"; exec sleep 60; }
case "$*" in
  "get tradingexecutors"*) exec cat ${folder}/executors.json ;;
  "get configmap btc-executor-ca -n desk"*) exec cat ${folder}/configmap.json ;;
  "get pods -n desk -l spark.trading/executor=btc"*) printf btc-executor-0 ;;
  "create token strategy -n desk --audience trading-executor"*) echo ${TOKEN} ;;
  "get --raw /api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy"*) exec cat ${folder}/query.json ;;
  "port-forward"*" :8080") forwarded ${plain} 8080 ;;
  "port-forward"*" :8443") forwarded ${secure} 8443 ;;
  *) echo "not expected: $*" >&2; exit 1 ;;
esac
`;
  await mkdir(bin);
  await writeFile(join(bin, 'kubectl'), script);
  await chmod(join(bin, 'kubectl'), 0o755);
  process.env.PATH = `${bin}${delimiter}${path}`;
}

const taken = (more: object = {}) =>
  collectRelease({
    ...{ tag: TAG, namespace: undefined, releases, at: '2026-11-23T12:00:00Z' },
    ...{ prometheus: 'monitoring/prometheus-operated:9090', ...more },
  });
const kept = (name: string) => readFile(join(releases, TAG, name), 'utf8');

it('a release pack holds what the running system says, and verifies', async () => {
  const { folder: into, missing, executors } = await taken();
  expect(missing).toEqual([]);
  expect(executors[0]?.smoke).toMatchObject({ passed: 6, failed: 0 });
  expect((await readdir(into)).sort()).toEqual([
    ...['README.md', 'audit.json', 'manifest.json', 'metrics.prom', 'prometheus.json'],
    ...['smoke.txt', 'version.json'],
  ]);
  expect(await kept('metrics.prom')).toBe(METRICS);
  expect(JSON.parse(await kept('version.json'))).toMatchObject({ tag: TAG });
  expect((await kept('smoke.txt')).match(/^PASS {2}/gm)).toHaveLength(6);
  expect((await verify(into)).faults).toEqual([]);
});

it('its page shows both measurements; what Prometheus recorded decides', async () => {
  await taken();
  const page = await kept('README.md');
  expect(page).toContain('| Place→ACK, P95 | < 1000 ms | 1 ms | 2350 ms | met |');
  expect(page).toContain('| error rate | < 0.5 % | 0.05 % | 0.00 % | met |');
  expect(page).toContain('| uptime | ≥ 99.9 % | 0.05 % | – | **not met** |');
});

it('without Prometheus the pod’s own numbers decide, and what nobody measured is not met', async () => {
  await rm(join(folder, 'query.json'));
  const { missing } = await taken();
  expect(missing.map(({ name }) => name)).toEqual(['prometheus.json']);
  const page = await kept('README.md');
  expect(page).toContain('| Place→ACK, P95 | < 1000 ms | – | 2350 ms | **not met** |');
  expect(page).toContain('| uptime | ≥ 99.9 % | – | – | not measured |');
  expect(page).toContain('- `prometheus.json`: kubectl get --raw');
});

it('another build than the declared one fails the smoke test', async () => {
  replies['/api/version'] = JSON.stringify({ tag: 'v1.1' });
  const { executors } = await taken();
  expect(executors[0]?.smoke.failed).toBe(1);
  expect(await kept('smoke.txt')).toMatch(/^FAIL {2}.*api\/version.*wanted 200 with the tag/m);
});

it('an executor that lets anybody in fails the smoke test', async () => {
  [letsAnybodyIn, replies['/orders']] = [true, '[]'];
  const { executors } = await taken();
  letsAnybodyIn = false;
  expect(executors[0]?.smoke.failed).toBe(1);
  expect(await kept('smoke.txt')).toMatch(/^FAIL {2}.*without a token {2}200 {2}\(wanted 401/m);
});

it('no secret of any source, nor the token it shows, is in the pack', async () => {
  const lines = Object.values(SHAPES).join('\n');
  for (const name of ['/metrics', '/audit/summary', '/control']) replies[name] = lines;
  await taken();
  for (const name of await readdir(join(releases, TAG))) {
    const text = await kept(name);
    for (const secret of [...PLANTED, TOKEN]) expect(text.includes(secret) ? name : '').toBe('');
  }
});

it('a tag that nobody declares is refused with those that are there, and the old pack stays', async () => {
  await taken();
  await expect(taken({ tag: 'v9' })).rejects.toThrow(
    'no executor declares version v9; there are executors of: v1.2-ramp',
  );
  expect(await readdir(releases)).toEqual([TAG]);
  expect((await verify(join(releases, TAG))).faults).toEqual([]);
});

it('when no pod can be reached it says why, and the old pack stays', async () => {
  await taken();
  const ca = await readFile(join(folder, 'configmap.json'));
  await rm(join(folder, 'configmap.json'));
  await expect(taken()).rejects.toThrow('no pod could be reached: kubectl get configmap');
  await writeFile(join(folder, 'configmap.json'), ca);
  expect(await readdir(releases)).toEqual([TAG]);
  expect((await verify(join(releases, TAG))).faults).toEqual([]);
});
