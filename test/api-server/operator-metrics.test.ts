import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operator } from '../../operator/operator.ts';
import { type Desk, openDesk } from '../operator/support/desk.ts';

let desk: Desk;
let operator: Operator;
let agent: Agent;

beforeAll(async () => {
  desk = await openDesk();
  operator = await desk.operator('first', ['--metrics=protected']);
  const ca = await readFile(desk.authority.certPath, 'utf8');
  agent = new Agent({ connect: { ca, servername: 'localhost' } });
}, 120_000);
afterAll(async () => {
  await agent?.close();
  await desk?.close();
});

async function scrape(headers: Record<string, string> = {}) {
  const origin = `https://127.0.0.1:${operator.httpsPort}`;
  const { statusCode, body } = await agent.request({
    origin,
    path: '/metrics',
    method: 'GET',
    headers,
  });
  return { status: statusCode, text: await body.text() };
}

describe('an operator with protected metrics', () => {
  it('shows none of them where no token is taken, and says where they are', async () => {
    const plain = await fetch(`http://127.0.0.1:${operator.httpPort}/metrics`);
    const text = await plain.text();
    expect([plain.status, text]).toEqual([403, expect.stringContaining('https port')]);
    expect((await fetch(`http://127.0.0.1:${operator.httpPort}/livez`)).status).toBe(200);
  });

  it('shows them over TLS to whom the cluster lets, and to nobody else', async () => {
    expect((await scrape()).status).toBe(401);
    const boss = await scrape({ authorization: `Bearer ${desk.server.adminToken}` });
    expect([boss.status, boss.text]).toEqual([200, expect.stringContaining('workqueue_depth')]);
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { token } = (await desk.server.request('POST', path, asked)).body.status;
    expect((await scrape({ authorization: `Bearer ${token}` })).status).toBe(403);
  });
});
