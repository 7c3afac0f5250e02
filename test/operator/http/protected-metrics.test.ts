import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { protectedMetrics } from '../../../operator/http/protected-metrics.ts';
import { operatorServer } from '../../../operator/http/server.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type FakeServer, fakeServer, jsonReply, refused } from '../evidence/fake-servers.ts';
import { connectionTo } from '../evidence/site.ts';

/** Prometheus is known and may; a trader is known and may not; nobody else is known. */
const USERS: Record<string, string> = {
  'prometheus-token': 'prometheus',
  'trader-token': 'trader',
};
const REVIEW = 'POST /apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS = 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews';

let clock: ManualClock;
let server: FakeServer;
let connection: KubeConnection;
let app: FastifyInstance;
let isUp: boolean;
const asked: object[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  isUp = true;
  asked.length = 0;
  server = await fakeServer({
    [REVIEW]: (body) => {
      if (!isUp) return refused(503, 'ServiceUnavailable', 'down');
      const username = USERS[JSON.parse(body).spec.token];
      const status = username === undefined ? {} : { authenticated: true, user: { username } };
      return jsonReply({ status }, 201);
    },
    [ACCESS]: (body) => {
      const { spec } = JSON.parse(body);
      asked.push(spec);
      return jsonReply({ status: { allowed: spec.user === 'prometheus' } }, 201);
    },
  });
  connection = connectionTo(server);
  const registry = new Registry();
  new Counter({ name: 'killed_total', help: 'h', registers: [registry] }).inc();
  ({ app } = operatorServer(undefined, pino({ level: 'silent' })));
  protectedMetrics(app, { registry, connection, clock });
});
afterEach(async () => {
  await app.close();
  await connection.close();
  await server.close();
});

const scrape = (token?: string) =>
  app.inject({
    url: '/metrics',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

describe('protected metrics', () => {
  it('are for whoever may get the path /metrics', async () => {
    const answer = await scrape('prometheus-token');
    expect([answer.statusCode, answer.body]).toEqual([
      200,
      expect.stringContaining('killed_total 1'),
    ]);
    const nonResourceAttributes = { verb: 'get', path: '/metrics' };
    expect(asked).toEqual([{ user: 'prometheus', nonResourceAttributes }]);
  });

  it.each([
    [undefined, 401, 'kubectl create token'],
    ['stolen', 401, 'the token is not valid'],
    ['trader-token', 403, 'trader may not get the path /metrics'],
  ])('are refused to %s with %i', async (token, status, words) => {
    const answer = await scrape(token);
    expect([answer.statusCode, answer.json().error.message]).toEqual([
      status,
      expect.stringContaining(words),
    ]);
    expect(answer.body).not.toContain('killed_total');
  });

  it('are refused when the API server does not judge', async () => {
    isUp = false;
    expect((await scrape('prometheus-token')).statusCode).toBe(503);
  });

  it('ask once a minute who a token is, and never trust one that was refused', async () => {
    for (let scrapes = 0; scrapes < 3; scrapes += 1) await scrape('prometheus-token');
    expect(asked).toHaveLength(1);
    await scrape('trader-token');
    await scrape('trader-token');
    expect(asked).toHaveLength(3);
    USERS['prometheus-token'] = 'trader'; // the right is taken away
    try {
      await clock.advance(60_000);
      expect((await scrape('prometheus-token')).statusCode).toBe(403);
    } finally {
      USERS['prometheus-token'] = 'prometheus';
    }
  });
});
