import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { agentTo } from '../../crds/kube/agent.ts';
import { call, KubeUnreachable, pathOf, SERVER_SIDE_APPLY } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Served {
  readonly connection: KubeConnection;
  readonly requests: {
    readonly line: string;
    readonly headers: IncomingMessage['headers'];
    body: string;
  }[];
  sockets: number;
}

async function serving(answer: (response: ServerResponse) => void): Promise<Served> {
  const served: { requests: Served['requests']; sockets: number } = { requests: [], sockets: 0 };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    served.requests.push({
      line: `${request.method} ${request.url}`,
      headers: request.headers,
      body,
    });
    answer(response);
  });
  server.on('connection', () => {
    served.sockets += 1;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const agent = agentTo({});
  cleanups.push(
    () => agent.destroy(),
    () => server.closeAllConnections(),
    () => new Promise((done) => server.close(done)),
  );
  const connection: KubeConnection = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dispatcher: agent,
    authorization: () => 'Bearer t0ken',
    close: () => agent.destroy(),
  };
  return Object.assign(served, { connection });
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

describe('call', () => {
  it('sends what it was given, once, with the bearer token', async () => {
    const served = await serving(json({ kind: 'Thing' }));
    const answer = await call(served.connection, {
      method: 'PATCH',
      path: '/apis/test/v1/things/a b'.replaceAll(' ', '%20'),
      query: { fieldManager: 'me', force: true, dryRun: undefined },
      body: { spec: { text: 'ş' } },
      contentType: SERVER_SIDE_APPLY,
    });
    expect(answer).toMatchObject({ ok: true, status: 200, body: { kind: 'Thing' } });
    expect(served.requests).toHaveLength(1);
    const [request] = served.requests;
    expect(request?.line).toBe('PATCH /apis/test/v1/things/a%20b?fieldManager=me&force=true');
    expect(request?.body).toBe('{"spec":{"text":"ş"}}');
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer t0ken',
      'content-type': 'application/apply-patch+yaml',
      // JSON first; key sets and logs have types of their own.
      accept: 'application/json, */*;q=0.1',
    });
  });

  it('gives a refusal as a value with its reason', async () => {
    const { connection } = await serving(
      json({ kind: 'Status', reason: 'Conflict', message: 'changed meanwhile' }, 409),
    );
    expect(await call(connection, { method: 'GET', path: '/x' })).toEqual({
      ...{ ok: false, status: 409, reason: 'Conflict', message: 'changed meanwhile' },
    });
  });

  it.each<[string, (response: ServerResponse) => void, number]>([
    ['a Retry-After header', json({}, 429, { 'retry-after': '7' }), 7_000],
    ['retryAfterSeconds', json({ details: { retryAfterSeconds: 3 } }, 503), 3_000],
  ])('tells how long to wait by %s', async (_, answer, retryAfterMs) => {
    const { connection } = await serving(answer);
    expect(await call(connection, { method: 'GET', path: '/x' })).toMatchObject({ retryAfterMs });
  });

  it('gives a proxy error page as a refusal too', async () => {
    const { connection } = await serving((response) =>
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    );
    expect(await call(connection, { method: 'GET', path: '/x' })).toEqual({
      ...{ ok: false, status: 502, reason: '', message: '<h1>Bad gateway</h1>' },
    });
  });

  it('gives text when asked for text', async () => {
    const { connection } = await serving((response) => response.end('line 1\nline 2'));
    const answer = await call<string>(connection, { method: 'GET', path: '/log', accept: 'text' });
    expect(answer).toMatchObject({ ok: true, body: 'line 1\nline 2' });
  });

  it('throws when a success is not JSON', async () => {
    const { connection } = await serving((response) => response.end('hello'));
    await expect(call(connection, { method: 'GET', path: '/x' })).rejects.toThrow(KubeUnreachable);
  });

  it('throws within the deadline when nobody answers, and says what it asked', async () => {
    const { connection } = await serving(() => undefined);
    const since = performance.now();
    const hung = call(connection, { method: 'GET', path: '/x', timeoutMs: 150 });
    await expect(hung).rejects.toThrow(/GET \/x at http:.*: no answer within 150 ms/);
    await expect(hung).rejects.toBeInstanceOf(KubeUnreachable);
    expect(performance.now() - since).toBeLessThan(1_000);
  });

  it('keeps the deadline when the caller may abort too', async () => {
    const { connection } = await serving(() => undefined);
    const { signal } = new AbortController();
    const hung = call(connection, { method: 'GET', path: '/x', timeoutMs: 150, signal });
    await expect(hung).rejects.toThrow('no answer within 150 ms');
  });

  it('counts the body into the deadline', async () => {
    const { connection } = await serving((response) => response.write('{"half":'));
    const hung = call(connection, { method: 'GET', path: '/x', timeoutMs: 150 });
    await expect(hung).rejects.toBeInstanceOf(KubeUnreachable);
  });

  it('throws when the connection is refused, with the cause', async () => {
    const { connection } = await serving(() => undefined);
    const dead = { ...connection, origin: 'http://127.0.0.1:1' };
    const refused = await call(dead, { method: 'GET', path: '/x' }).catch((fault) => fault);
    expect(refused).toBeInstanceOf(KubeUnreachable);
    expect(refused.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it("throws the caller's reason when the caller aborts", async () => {
    const { connection } = await serving(() => undefined);
    const abort = new AbortController();
    const hung = call(connection, { method: 'GET', path: '/x', signal: abort.signal });
    const reason = new Error('shutting down');
    abort.abort(reason);
    await expect(hung).rejects.toBe(reason);
  });

  it('reuses sockets: two at most for calls in a row', async () => {
    const served = await serving(json({}));
    for (let i = 0; i < 20; i++) await call(served.connection, { method: 'GET', path: '/x' });
    // The second is opened when a call starts in the turn in which the one before ends.
    expect(served.sockets).toBeLessThanOrEqual(2);
  });
});

describe('pathOf', () => {
  it('leaves undefined out and escapes the rest', () => {
    expect(pathOf('/x', { a: undefined, b: 'metadata.name=a&b', c: 0, d: false })).toBe(
      '/x?b=metadata.name%3Da%26b&c=0&d=false',
    );
    expect(pathOf('/x', {})).toBe('/x');
  });
});
