import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { Agent } from 'undici';
import type { EvidenceServer } from '../../operator/evidence/server.ts';
import { aRollback } from '../operator/evidence/a-rollback.ts';
import {
  makeTls,
  OPERATOR_TOKEN,
  serverOf,
  type Tls,
} from '../operator/evidence/evidence-server.ts';
import { jsonReply } from '../operator/evidence/fake-servers.ts';
import { openSite, type Site } from '../operator/evidence/site.ts';
import { mountSecret, openRig, type S3Rig } from './s3-rig.ts';
import { BUCKET, KEYS } from './s3-server.ts';

const REVIEW = 'POST /apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS = 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews';
export const SESSION = 'planted/session+token-of-the-bucket-0123456789abcdef';

/** An evidence server that keeps in a bucket, all around it, and people who read. */
export interface S3Desk {
  readonly rig: S3Rig;
  readonly site: Site;
  readonly tls: Tls;
  /** What evidence servers logged. */
  readonly logged: readonly string[];
  server: EvidenceServer;
  /** Of the keys of this test; without a slash at its end. */
  prefix: string;
  /** Before each test: a server on an empty part of the bucket, which keeps three packs at most. */
  begin(): Promise<void>;
  /** In place of the server there was, on its port and in its part of the bucket. */
  restart(): Promise<void>;
  end(): Promise<void>;
  rolledBack(): ReturnType<typeof aRollback>;
  get(path: string, under?: string): Promise<{ status: number; body: string }>;
  close(): Promise<void>;
}

export async function openDesk(ip: string): Promise<S3Desk> {
  const rig = await openRig();
  const site = await openSite(ip);
  const tls = await makeTls(site);
  await mountSecret(rig.credentialsDir, { ...KEYS, sessionToken: SESSION });
  const agent = new Agent({ connect: { ca: await readFile(tls.caFile, 'utf8') }, allowH2: false });
  const logged: string[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  let count = 0;
  const started = (port: number) =>
    serverOf(site, {
      ...{ tlsDir: tls.tlsDir, port },
      log: pino({}, { write: (line: string) => logged.push(line) }),
      flags: {
        ...{ storage: 's3', 's3-endpoint': rig.proxy.origin, 's3-bucket': BUCKET },
        ...{ 's3-prefix': desk.prefix, 's3-credentials-dir': rig.credentialsDir },
        'keep-packs': '3',
      },
    });
  const desk: S3Desk = {
    ...{ rig, site, tls, logged, prefix: '', server: undefined as unknown as EvidenceServer },
    async begin() {
      rig.proxy.fault = () => undefined;
      desk.prefix = `release-${++count}`;
      desk.server = await started(0);
    },
    async restart() {
      const { httpsPort } = desk.server;
      await desk.server.stop();
      desk.server = await started(httpsPort);
    },
    async end() {
      for (const end of ends.splice(0)) await end();
      await desk.server.stop();
    },
    async rolledBack() {
      const done = await aRollback(site, { tls, port: desk.server.httpsPort });
      ends.push(() => done.replica.stop());
      letReaders(site);
      return done;
    },
    async get(path, under = '/evidence/incidents') {
      const origin = `https://localhost:${desk.server.httpsPort}`;
      const headers = { authorization: 'Bearer token-of-anna' };
      const asked = { origin, path: `${under}${path}`, method: 'GET' as const, headers };
      const { statusCode, body } = await agent.request(asked);
      return { status: statusCode, body: await body.text() };
    },
    async close() {
      await agent.destroy();
      await site.close();
      await rig.close();
    },
  };
  return desk;
}

/** People with a token of the API server may read, beside the operator. */
function letReaders({ api }: Site): void {
  const operator = api[REVIEW];
  api[REVIEW] = (body, query) => {
    const { token } = JSON.parse(body).spec;
    if (token === OPERATOR_TOKEN && typeof operator === 'function') return operator(body, query);
    return jsonReply({ status: { authenticated: true, user: { username: 'anna' } } }, 201);
  };
  api[ACCESS] = jsonReply({ status: { allowed: true } }, 201);
}
