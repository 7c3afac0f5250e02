import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvidenceServer } from '../../../operator/evidence/server.ts';
import { anExecutor, anIncident } from '../rollback/builders.ts';
import { FakeCluster } from '../rollback/fake-cluster.ts';
import { INCIDENT } from '../rollback/world.ts';
import { makeTls, OPERATOR_TOKEN, serverOf, shows } from './evidence-server.ts';
import { openSite, type Site } from './site.ts';

let site: Site;
let server: EvidenceServer;
let agent: Agent;
let evidenceDir: string;
beforeAll(async () => {
  site = await openSite('127.77.1.6');
  const { tlsDir, caFile } = await makeTls(site);
  evidenceDir = join(site.folder, 'ordered');
  const cluster = new FakeCluster();
  cluster.put(anExecutor());
  cluster.putIncident(anIncident(INCIDENT));
  shows(site, cluster);
  server = await serverOf(site, { tlsDir, evidenceDir });
  agent = new Agent({ connect: { ca: await readFile(caFile, 'utf8') }, allowH2: false });
});
afterAll(async () => {
  await agent.destroy();
  await server.stop();
  await site.close();
});

async function order(body: object, token?: string) {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const answer = await agent.request({
    ...{ origin: `https://localhost:${server.httpsPort}`, path: '/evidence/incidents' },
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  });
  return { status: answer.statusCode, body: await answer.body.json() };
}

const asked = { namespace: 'desk', incident: INCIDENT };

it.each([
  ['nobody', undefined, 401],
  ['a token the API server does not know', 'forged', 401],
  ['another account', 'token-of-a-trader', 403],
])('collects nothing for %s', async (_who, token, status) => {
  expect((await order(asked, token)).status).toBe(status);
  expect(existsSync(join(evidenceDir, 'incidents'))).toBe(false);
});

it.each([
  [{ namespace: 'desk' }, 422],
  [{ ...asked, before: 'text' }, 422],
  [{ namespace: 'desk', incident: 'btc-never' }, 404],
])('does not believe %j', async (body, status) => {
  expect((await order(body, OPERATOR_TOKEN)).status).toBe(status);
});

it('collects an incident once for all who ask at the same time', async () => {
  let scrapes = 0;
  site.pod['GET /metrics'] = () => {
    scrapes++;
    return { text: 'spark_kill_switch 1\n' };
  };
  const answers = await Promise.all([1, 2, 3].map(() => order(asked, OPERATOR_TOKEN)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set(answers.map(({ body }) => (body as { link: string }).link)).size).toBe(1);
  expect(scrapes).toBe(2); // the moment's metrics, and the smoke test's knock
});
