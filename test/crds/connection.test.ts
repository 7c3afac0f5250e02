import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { call, KubeUnreachable } from '../../crds/kube/call.ts';
import { inClusterConnection, kubeconfigConnection } from '../../crds/kube/connection.ts';
import { HastyClock } from './hasty-clock.ts';
import { identity } from './identity.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Pod {
  readonly server: Server;
  readonly folder: string;
  readonly port: string;
  readonly tokens: (string | undefined)[];
  readonly connections: { alpn: unknown[]; count: number };
  write(file: 'token' | 'ca.crt', text: string): Promise<void>;
}

async function pod(): Promise<Pod> {
  const own = await identity();
  const tokens: Pod['tokens'] = [];
  const connections: Pod['connections'] = { alpn: [], count: 0 };
  const server = createServer(
    { ...own, ALPNProtocols: ['h2', 'http/1.1'] },
    (request, response) => {
      tokens.push(request.headers.authorization);
      response.end('{}');
    },
  );
  server.on('secureConnection', (socket) => {
    connections.alpn.push(socket.alpnProtocol);
    connections.count += 1;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const folder = await mkdtemp(join(tmpdir(), 'service-account-'));
  cleanups.push(
    () => rm(folder, { recursive: true }),
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const write = (file: string, text: string) => writeFile(join(folder, file), text);
  await write('token', 'first\n');
  await write('ca.crt', own.cert);
  const port = String((server.address() as AddressInfo).port);
  return { server, folder, port, tokens, connections, write };
}

const get = { method: 'GET', path: '/x', timeoutMs: 2_000 } as const;
const REREAD_MS = 5_000;

describe('inClusterConnection', () => {
  function connected({ port, folder }: Pod) {
    const clock = new HastyClock();
    const connection = inClusterConnection({ host: '127.0.0.1', port, folder, clock });
    cleanups.push(() => connection.close());
    return { connection, clock };
  }

  it('speaks HTTP/1.1 although the server offers HTTP/2', async () => {
    const all = await pod();
    await call(connected(all).connection, get);
    expect(all.connections.alpn).toEqual(['http/1.1']);
  });

  it('sends a token that was replaced, from 5 s on', async () => {
    const all = await pod();
    const { connection, clock } = connected(all);
    await call(connection, get);
    await all.write('token', 'second');
    await call(connection, get);
    clock.pass(REREAD_MS);
    await call(connection, get);
    expect(all.tokens).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
  });

  it.each<['token' | 'ca.crt', string]>([
    ['token', 'is gone'],
    ['ca.crt', 'is gone'],
  ])('row l: goes on with what it had when %s %s', async (file) => {
    const all = await pod();
    const { connection, clock } = connected(all);
    await rm(join(all.folder, file));
    clock.pass(REREAD_MS);
    expect(await call(connection, get)).toMatchObject({ ok: true });
    await all.write('token', '');
    clock.pass(REREAD_MS);
    expect(await call(connection, get)).toMatchObject({ ok: true });
    expect(all.tokens).toEqual(['Bearer first', 'Bearer first']);
  });

  it('heals when the authority was replaced', async () => {
    const all = await pod();
    const { connection, clock } = connected(all);
    await call(connection, get);
    const next = await identity();
    all.server.setSecureContext(next);
    all.server.closeAllConnections();
    await expect(call(connection, get)).rejects.toBeInstanceOf(KubeUnreachable);
    await all.write('ca.crt', next.cert);
    clock.pass(REREAD_MS);
    expect(await call(connection, get)).toMatchObject({ ok: true });
  });

  it('says what to mount when the files are not there at the start', () => {
    const folder = join(tmpdir(), 'no-such-folder');
    expect(() => inClusterConnection({ host: 'h', port: '1', folder })).toThrow(
      /cannot read .*token; mount the pod's ServiceAccount/,
    );
  });

  it('writes an IPv6 address as an address', async () => {
    const { folder } = await pod();
    const connection = inClusterConnection({ host: 'fd00::1', port: '443', folder });
    cleanups.push(() => connection.close());
    expect(connection.origin).toBe('https://[fd00::1]:443');
  });
});

describe('kubeconfigConnection', () => {
  async function kubeconfig(user: object, context = 'test'): Promise<{ text: string; all: Pod }> {
    const all = await pod();
    const ca = await readFile(join(all.folder, 'ca.crt'), 'utf8');
    const cluster = {
      server: `https://127.0.0.1:${all.port}`,
      'certificate-authority-data': Buffer.from(ca).toString('base64'),
    };
    const text = JSON.stringify({
      'current-context': context,
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    });
    return { text, all };
  }

  it('shows the token to the server it trusts', async () => {
    const { text, all } = await kubeconfig({ token: 'mine' });
    const connection = kubeconfigConnection(text);
    cleanups.push(() => connection.close());
    expect(await call(connection, get)).toMatchObject({ ok: true });
    expect(all.tokens).toEqual(['Bearer mine']);
  });

  it.each<[string, object, string, RegExp]>([
    ['a context that is not there', { token: 't' }, 'other', /names the context "other"/],
    ['a plug-in program', { exec: { command: 'x' } }, 'test', /needs a plug-in program/],
    ['no context', { token: 't' }, '', /cannot be used[\s\S]*current-context/],
  ])('refuses %s and says so', async (_, user, context, message) => {
    const { text } = await kubeconfig(user, context);
    expect(() => kubeconfigConnection(text)).toThrow(message);
  });
});
