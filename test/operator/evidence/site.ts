import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { serviceHost } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { KeptAlerts } from '../../../operator/evidence/kept-alerts.ts';
import { Manifest } from '../../../operator/evidence/manifest.ts';
import {
  collectPack,
  type EvidenceOptions,
  type PackAsked,
} from '../../../operator/evidence/pack.ts';
import { volumeStore } from '../../../operator/evidence/volume.ts';
import { makeAuthority, makeCertificate } from '../../api-server/certificates.ts';
import { HastyClock } from '../../crds/hasty-clock.ts';
import { anExecutor, anIncident, aReport, stamp } from '../rollback/builders.ts';
import { FakeCluster } from '../rollback/fake-cluster.ts';
import { type FakeServer, fakePod, fakeServer, jsonReply, type Replies } from './fake-servers.ts';

export const POD = 'btc-executor-0';
export const PACK = '2026-11-23T02-59-00Z-btc';
const key = { namespace: 'desk', name: 'btc' };
const core = (path: string) => `GET /api/v1/namespaces/${path}`;

/** Where the API server, Prometheus and Alertmanager of a site answer. */
export const API = {
  pods: core('desk/pods'),
  log: core(`desk/pods/${POD}/log`),
  operatorLog: core('system/pods/operator-1/log'),
  events: core('desk/events'),
  ca: core('desk/configmaps/btc-executor-ca'),
  prometheus: 'GET /prometheus/api/v1/query_range',
  alertmanager: 'GET /alertmanager/api/v2/alerts',
} as const;

/** Everything a pack is collected from, answering well until a test says otherwise. */
export interface Site {
  readonly folder: string;
  /** Of its packs, in `folder`. */
  readonly evidenceDir: string;
  readonly cluster: FakeCluster;
  readonly api: Replies;
  readonly pod: Replies;
  readonly alerts: KeptAlerts;
  options: EvidenceOptions;
  before: TradingExecutor | undefined;
  asked: Pick<PackAsked, 'self' | 'executorToken'>;
  collect(): Promise<{ link: string; missing: readonly string[] }>;
  /** Takes the pack away first. */
  collectAnew(): Promise<{ link: string; missing: readonly string[] }>;
  /** The pack's files by name, whatever the manifest says. */
  files(): Promise<Record<string, string>>;
  manifest(): Promise<Manifest>;
  close(): Promise<void>;
}

export const aPod = (name: string, podIP: string | undefined, restartCount = 0) => ({
  metadata: { name },
  status: { ...(podIP && { podIP }), containerStatuses: [{ restartCount }] },
});

export async function openSite(ip: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  const authority = await makeAuthority(folder, 'authority');
  const host = serviceHost(key);
  const tls = await makeCertificate(authority, 'pod', '/CN=executor', [`DNS:${host}`]);
  const pod = podReplies();
  const api = apiReplies(ip, await readFile(authority.certPath, 'utf8'));
  const servers = [await fakePod(ip, tls, pod), await fakeServer(api)] as const;
  const cluster = new FakeCluster();
  cluster.put({
    ...anExecutor(),
    status: { rollback: { uid: 'uid-1', latched: true, since: stamp('02:59:00'), pending: [] } },
  } as TradingExecutor);
  cluster.putIncident(anIncident('btc-1'));
  const connection = connectionTo(servers[1]);
  const evidenceDir = join(folder, 'volume');
  const pack = join(evidenceDir, 'incidents', PACK);
  const alerts = new KeptAlerts(volumeStore(evidenceDir));
  const at = stamp('02:49:00');
  await alerts.add(key, [{ key: 'webhook/firing/f1', at, text: '{"via":"webhook"}' }]);
  const site: Site = {
    ...{ folder, evidenceDir, cluster, api, pod, alerts, before: anExecutor() },
    options: { ...optionsFor(connection, cluster, evidenceDir), alerts },
    asked: {
      self: { namespace: 'system', name: 'operator-1' },
      executorToken: async () => 'token-for-executors',
    },
    async collect() {
      const incident = await cluster.incident({ namespace: 'desk', name: 'btc-1' });
      if (incident === undefined) throw new Error('no incident');
      return collectPack(site.options, { ...site.asked, incident, before: site.before });
    },
    async collectAnew() {
      await rm(pack, { recursive: true, force: true });
      return site.collect();
    },
    async files() {
      const names = await readdir(pack);
      const read = async (name: string) => [name, await readFile(join(pack, name), 'utf8')];
      return Object.fromEntries(await Promise.all(names.map(read)));
    },
    manifest: async () =>
      Manifest.parse(JSON.parse(await readFile(join(pack, 'manifest.json'), 'utf8'))),
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      await connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return site;
}

export function connectionTo({ origin }: Pick<FakeServer, 'origin'>): KubeConnection {
  const dispatcher = new Agent();
  const authorization = () => 'Bearer token-of-the-operator';
  return { origin, dispatcher, authorization, close: () => dispatcher.destroy() };
}

function optionsFor(
  connection: KubeConnection,
  cluster: FakeCluster,
  evidenceDir: string,
): Omit<EvidenceOptions, 'alerts'> {
  return {
    ...{ connection, cluster, clock: new HastyClock(), store: volumeStore(evidenceDir) },
    publicUrl: 'https://operator.example',
    prometheusUrl: `${connection.origin}/prometheus`,
    alertmanagerUrl: `${connection.origin}/alertmanager`,
    camera: undefined,
    sloLatencySeconds: 1,
  };
}

/** P95 of an hour in which orders became slow ten minutes before its end. */
export const HOUR = (_body: string, query: URLSearchParams) => {
  const end = Number(query.get('end'));
  const values = Array.from({ length: 241 }, (_, i) => {
    const at = end - 3_600 + i * 15;
    return [at, end - at > 600 ? '0.2' : '1.6'];
  });
  return jsonReply({ status: 'success', data: { result: [{ metric: {}, values }] } });
};

function apiReplies(ip: string, ca: string): Replies {
  return {
    [API.pods]: jsonReply({ items: [aPod(POD, ip)] }),
    [API.log]: { text: '2026-11-23T02:58:00Z {"level":30,"msg":"started"}\n' },
    [API.operatorLog]: { text: '2026-11-23T02:59:00Z {"level":30,"msg":"latched"}\n' },
    [API.events]: jsonReply({
      items: [{ involvedObject: { name: 'btc' }, message: 'put on paper' }],
    }),
    [API.ca]: jsonReply({ data: { 'ca.crt': ca } }),
    [API.prometheus]: HOUR,
    [API.alertmanager]: jsonReply([{ fingerprint: 'f1', labels: {} }]),
  };
}

function podReplies(): Replies {
  const settled = { gate: 'shut', gatedAt: stamp('02:59:00.012'), flatAt: stamp('02:59:00.340') };
  return {
    'GET /livez': { text: 'ok' },
    'GET /readyz': { text: 'ok' },
    'GET /metrics': { text: 'spark_kill_switch 1\nspark_open_orders 0\n' },
    'GET /api/version': jsonReply({ tag: 'v1.2-ramp', commit: 'abc', builtAt: stamp('01:00:00') }),
    'GET /control': jsonReply({ ...aReport(), ...settled }),
    'GET /audit/summary': jsonReply({ orders: 12, acked: 12 }),
    'POST /place': jsonReply({ error: { code: 'KILLED', message: 'killed', details: {} } }, 403),
  };
}
