import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { executorPath, incidentPath } from '../../../crds/kube/paths.ts';
import { parseEvidenceConfig } from '../../../operator/evidence/config.ts';
import { type EvidenceServer, startEvidenceServer } from '../../../operator/evidence/server.ts';
import { makeAuthority, makeCertificate } from '../../api-server/certificates.ts';
import { HastyClock } from '../../crds/hasty-clock.ts';
import type { FakeCluster } from '../rollback/fake-cluster.ts';
import { INCIDENT } from '../rollback/world.ts';
import { jsonReply, refused } from './fake-servers.ts';
import { connectionTo, type Site } from './site.ts';

const REVIEW = 'POST /apis/authentication.k8s.io/v1/tokenreviews';
export const OPERATOR_TOKEN = 'token-for-executors';

export interface Tls {
  readonly tlsDir: string;
  readonly caFile: string;
}

/** Certificate and key for `localhost`, made once a site. */
export async function makeTls(site: Site): Promise<Tls> {
  const tlsDir = join(site.folder, 'evidence-tls');
  await mkdir(tlsDir);
  const authority = await makeAuthority(tlsDir, 'authority');
  const pair = await makeCertificate(authority, 'pair', '/CN=evidence', ['DNS:localhost']);
  await copyFile(pair.certPath, join(tlsDir, 'tls.crt'));
  await copyFile(pair.keyPath, join(tlsDir, 'tls.key'));
  return { tlsDir, caFile: authority.certPath };
}

/** The API server of a site also says who shows a token, and shows what is in `cluster`. */
export function shows({ api }: Site, cluster: FakeCluster): void {
  api[REVIEW] = (body) => {
    const { token, audiences = [] } = JSON.parse(body).spec;
    const account = token === OPERATOR_TOKEN ? 'operator' : 'stranger';
    const authenticated = audiences.includes('trading-executor') && token !== 'forged';
    const user = { username: `system:serviceaccount:system:${account}` };
    return jsonReply({ status: authenticated ? { authenticated, user, audiences } : {} }, 201);
  };
  const gone = refused(404, 'NotFound', 'none');
  const [btc, incident] = [
    { namespace: 'desk', name: 'btc' },
    { namespace: 'desk', name: INCIDENT },
  ];
  api[`GET ${executorPath(btc)}`] = () => {
    const found = cluster.executors.get('desk/btc');
    return found === undefined ? gone : jsonReply(found);
  };
  api[`GET ${incidentPath(incident)}`] = () => {
    const found = cluster.records.get(`desk/${INCIDENT}`);
    return found === undefined ? gone : jsonReply(found);
  };
}

export interface ServerOptions {
  readonly tlsDir: string;
  readonly evidenceDir?: string;
  readonly port?: number;
  readonly flags?: Readonly<Record<string, string>>;
  readonly log?: Logger;
}

/** The server as it ships, on a port of its own unless one is named. */
export function serverOf(site: Site, options: ServerOptions): Promise<EvidenceServer> {
  const { tlsDir, evidenceDir = '/nowhere', port = 0, log = pino({ level: 'silent' }) } = options;
  const flags = {
    'operator-service-account': 'system/operator',
    'public-url': 'https://evidence.example',
    'prometheus-url': site.options.prometheusUrl,
    'alertmanager-url': site.options.alertmanagerUrl,
    'evidence-dir': evidenceDir,
    'tls-dir': tlsDir,
    'https-port': port,
    'http-port': 0,
    ...options.flags,
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const parsed = parseEvidenceConfig(argv, { KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return startEvidenceServer({
    config: parsed.config,
    connection: connectionTo(site.options.connection),
    clock: new HastyClock(),
    random: () => 0,
    log,
  });
}
