import { connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import fc from 'fast-check';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpStatus } from '../../executor/guards/denial.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
const agent = new Agent({ connect: { rejectUnauthorized: false } });
beforeAll(async () => {
  rig = await startExecutor();
});
afterAll(async () => {
  await agent.destroy();
  await rig.stop();
});

/** Sends bytes as they are; resolves with all that came back once the other side has closed. */
function raw(bytes: string, port = rig.ports.httpsPort): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () =>
      socket.write(bytes),
    );
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => undefined); // a reset is an answer as well
    socket.on('close', () => resolve(text));
  });
}

const head = () => `Host: x\r\nAuthorization: Bearer ${rig.token}\r\nIdempotency-Key: raw\r\n`;
const nothingHappened = async () => {
  expect((await rig.call('GET', '/orders')).body.orders).toEqual([]);
  expect(rig.venue.ledger().orders).toEqual([]);
};

describe('a body', () => {
  it('above 16 KiB is 413: nothing is journalled, nothing sent', async () => {
    const answer = await rig.place({ note: 'x'.repeat(16 * 1024) });
    expect([answer.status, answer.body.error.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const chunked = `POST /place HTTP/1.1\r\n${head()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
    const chunk = `${(17 * 1024).toString(16)}\r\n${'x'.repeat(17 * 1024)}\r\n0\r\n\r\n`;
    expect(await raw(chunked + chunk)).toMatch(/^HTTP\/1.1 413 /);
    await nothingHappened();
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['no method', 'FOO /place HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['half a line', 'GET\r\n\r\n', 400],
    [
      'two lengths',
      'POST /place HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      400,
    ],
    [
      'a length and chunks',
      'POST /place HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a negative length', 'POST /place HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    [
      'a header of 32 KiB',
      `GET /control HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(32_768)}\r\n\r\n`,
      431,
    ],
    [
      'a path that is no UTF-8',
      'GET /orders/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      400,
    ],
    ['a tunnel', 'CONNECT /place HTTP/1.1\r\nHost: x\r\n\r\n', undefined],
  ])('%s is refused and closed', async (_what, bytes, status) => {
    const said = await raw(bytes);
    if (status === undefined) expect(said).toBe('');
    else expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await rig.call('GET', '/api/version')).status).toBe(200);
  });
});

describe('a connection', () => {
  it('that dribbles its handshake, its headers or its body is closed', async () => {
    const begun = performance.now();
    const silent = new Promise<void>((resolve) => {
      const socket = tcpConnect(rig.ports.httpsPort, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
    const headers = raw('GET /control HTTP/1.1\r\nHost: x\r\n');
    const body = raw(`POST /place HTTP/1.1\r\n${head()}Content-Length: 10\r\n\r\n{`);
    await silent;
    expect(await headers).toMatch(/^HTTP\/1.1 408 /);
    expect(await body).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await nothingHappened();
  }, 30_000);
});

const paths = [
  ...['/place', '/orders', '/orders/x', '/orders/cancel-all', '/fills', '/balances', '/control'],
  ...['/audit/summary', '/api/version', '/', '/livez', '/metrics', '/../place', '//place'],
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];
const types = [
  'application/json',
  'text/plain',
  'multipart/form-data',
  'application/json; x=y',
  ';',
];
const asking = fc.record({
  method: fc.constantFrom(...methods),
  path: fc.oneof(
    fc.constantFrom(...paths),
    fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => `/orders/${encodeURIComponent(text)}`),
    fc
      .tuple(fc.constantFrom(...paths), fc.webQueryParameters())
      .map(([path, query]) => `${path}?${query}`),
    fc.constantFrom(
      '/orders/%00',
      '/orders/%2e%2e%2fplace',
      '/orders?limit=1e9',
      '/orders?limit[]=1',
    ),
  ),
  type: fc.constantFrom(...types),
  body: fc.oneof(fc.json(), fc.string({ maxLength: 200 }), fc.constant('{"__proto__":{"x":1}}')),
  token: fc.oneof(fc.constant('ours' as const), fc.stringMatching(/^[!-~]{0,60}$/)),
  key: fc.stringMatching(/^[!-~]{0,40}$/),
});

describe('any request', () => {
  it('gets an answer below 500 or one of our own names, and the process lives', async () => {
    const named = new Set<string>([...Object.keys(httpStatus), 'VENUE_UNREACHABLE']);
    await fc.assert(
      fc.asyncProperty(asking, async ({ method, path, type, body, token, key }) => {
        const answer = await request(`https://127.0.0.1:${rig.ports.httpsPort}`, {
          ...{ dispatcher: agent, path, method: method as 'GET' },
          headers: {
            authorization: `Bearer ${token === 'ours' ? rig.token : token}`,
            'idempotency-key': key,
            'content-type': type,
          },
          body: ['GET', 'HEAD', 'TRACE'].includes(method) ? null : body,
        });
        const text = await answer.body.text();
        const code = text.startsWith('{') ? JSON.parse(text).error?.code : undefined;
        if (answer.statusCode >= 500) expect([...named]).toContain(code);
      }),
      { numRuns: 300 },
    );
    expect((await rig.call('GET', '/api/version')).status).toBe(200);
    expect(rig.logs.join('')).not.toContain('a request failed');
    expect(rig.venue.ledger().orders).toEqual([]);
  }, 60_000);
});
