import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeUnreachable } from '../../../crds/kube/call.ts';
import { Refusal } from '../../../operator/http/refusal.ts';
import { type OperatorServer, operatorServer } from '../../../operator/http/server.ts';
import { ClusterRefused } from '../../../operator/rollback/cluster.ts';

const TOKEN = 'token-of-anna-0123456789';
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const KIB = 1024;

let server: OperatorServer;
let logged: string[];

beforeEach(() => {
  logged = [];
  server = operatorServer(undefined, pino({}, { write: (line: string) => logged.push(line) }));
});
afterEach(() => server.app.close());

/** Answers of a route that throws this. */
async function thrown(error: Error) {
  server.app.post('/route', () => Promise.reject(error));
  return server.app.inject({
    ...{ method: 'POST', url: '/route', headers: AUTHORIZATION, payload: { secret: TOKEN } },
  });
}

const refused = { ok: false, status: 403, reason: 'Forbidden', message: 'no RBAC' } as const;

describe('the error handler', () => {
  it.each<[string, Error, number, object]>([
    [
      'what a route decided',
      new Refusal(409, 'CONFLICT', 'somebody was first'),
      409,
      { code: 'CONFLICT', message: 'somebody was first', details: {} },
    ],
    [
      'no API server',
      new KubeUnreachable('POST /x at https://10.0.0.1: ECONNREFUSED'),
      503,
      { code: 'UNAVAILABLE', message: expect.stringContaining('nothing is lost if you repeat') },
    ],
    [
      'a refused write',
      new ClusterRefused('PATCH /x', refused),
      503,
      { code: 'UNAVAILABLE', message: expect.stringContaining('nothing is lost if you repeat') },
    ],
    [
      'a fault of ours',
      new TypeError(`cannot read ${TOKEN} of undefined`),
      500,
      { code: 'INTERNAL', message: 'the operator failed; its log says why' },
    ],
  ])('%s', async (_what, error, status, body) => {
    const answer = await thrown(error);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: body });
    if (status === 503) expect(answer.headers['retry-after']).toBe('2');
    for (const leak of [TOKEN, '    at ', '.ts:', 'stack', '10.0.0.1', 'RBAC']) {
      expect(answer.body).not.toContain(leak);
    }
  });

  it('logs faults of ours with their stack, and no header or body', async () => {
    await thrown(new TypeError('broken invariant'));
    const all = logged.join('');
    expect(all).toContain('broken invariant');
    expect(all).toContain('server.test.ts');
    expect(all).not.toContain(TOKEN);
  });

  it('logs nothing for what a client did wrong', async () => {
    await thrown(new Refusal(401, 'UNAUTHORIZED', 'send a token'));
    expect(logged).toEqual([]);
  });
});

describe('a request that is too much or too odd', () => {
  beforeEach(() => {
    server.app.post('/usual', async () => ({}));
    server.app.post('/large', { bodyLimit: 256 * KIB }, async () => ({}));
  });
  const post = (url: string, payload: string, type = 'application/json') =>
    server.app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });
  const ofSize = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

  it('a body of 64 KiB passes, one byte more is 413, unless the route says otherwise', async () => {
    expect((await post('/usual', ofSize(64 * KIB))).statusCode).toBe(200);
    const refusal = await post('/usual', ofSize(64 * KIB + 1));
    expect(refusal.statusCode).toBe(413);
    expect(refusal.json().error.message).toMatch(/too large/i);
    expect((await post('/large', ofSize(64 * KIB + 1))).statusCode).toBe(200);
    expect((await post('/large', ofSize(256 * KIB + 1))).statusCode).toBe(413);
  });

  it('broken JSON is 400 and its content is not sent back', async () => {
    const answer = await post('/usual', `{"token": "${TOKEN}"`);
    expect(answer.statusCode).toBe(400);
    expect(answer.body).not.toContain(TOKEN);
    expect(answer.json().error.message).toContain('JSON');
  });

  it('an unknown media type is 415', async () => {
    expect((await post('/usual', '<a/>', 'application/xml')).statusCode).toBe(415);
  });

  it('an unknown path is 404 in the same shape, without its query', async () => {
    const answer = await server.app.inject({ url: `/nothing?token=${TOKEN}` });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({
      error: { code: 'NOT_FOUND', message: 'there is nothing at GET /nothing', details: {} },
    });
  });
});
