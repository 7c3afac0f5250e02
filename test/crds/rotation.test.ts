import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { inClusterConnection, type KubeConnection } from '../../crds/kube/connection.ts';
import { FaultApiServer } from './fault-api-server.ts';
import { HastyClock } from './hasty-clock.ts';
import { type Identity, identity } from './identity.ts';
import { eventually, type Watched, watching } from './watched.ts';

const REREAD_MS = 5_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Pod {
  readonly all: Watched;
  readonly connection: KubeConnection;
  /** TLS sockets that are open, each with the number of the certificate it was opened under. */
  readonly open: Map<TLSSocket, number>;
  /** As the kubelet does it: the new content appears in one step. */
  write(file: 'token' | 'ca.crt', text: string): Promise<void>;
  /** The API server shows another certificate to whoever connects from now on. */
  present(next: Identity): void;
  /** Time in which files are looked at again, and a call that makes them be. */
  call(): Promise<void>;
}

/** A list-watch in a pod, over TLS and a mounted ServiceAccount, with its watch open. */
async function pod(): Promise<Pod> {
  const folder = await mkdtemp(join(tmpdir(), 'service-account-'));
  const write = async (file: string, text: string) => {
    await writeFile(join(folder, 'next'), text);
    await rename(join(folder, 'next'), join(folder, file));
  };
  const first = await identity();
  await write('token', 'first');
  await write('ca.crt', first.cert);
  const open: Pod['open'] = new Map();
  let presented = 1;
  const server = await FaultApiServer.start();
  const front = createServer(first, (socket) => {
    open.set(socket, presented);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
    const back = connect(server.port, '127.0.0.1').on('error', () => socket.destroy());
    socket.on('close', () => back.destroy());
    back.on('close', () => socket.destroy());
    socket.pipe(back).pipe(socket);
  });
  await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
  const clock = new HastyClock();
  const port = String((front.address() as AddressInfo).port);
  const connection = inClusterConnection({ host: '127.0.0.1', port, folder, clock });
  const all = await watching({ connection, clock }, server);
  cleanups.push(
    () => rm(folder, { recursive: true }),
    () => server.stop(),
    () => front.close(),
    () => connection.close(),
    () => all.listWatch.stop(),
  );
  return {
    ...{ all, connection, open, write },
    present(next) {
      presented += 1;
      front.setSecureContext(next);
    },
    async call() {
      clock.pass(REREAD_MS);
      const asked = await connection.dispatcher.request({
        ...{ origin: connection.origin, path: server.path, method: 'GET' },
        headers: { authorization: connection.authorization() ?? '' },
      });
      await asked.body.dump();
    },
  };
}

describe('while a watch runs', () => {
  it('a new token goes with every request from 5 s on, and the watch misses nothing', async () => {
    const { all, write, call } = await pod();
    const { server } = all;
    await write('token', 'second');
    await call();
    server.put('on the old token');
    await all.changed('set on the old token');
    expect(server.watches).toHaveLength(1); // judged when it was opened, and good until it ends
    server.breakWatches();
    await server.until(() => server.watches.length === 2 && server.liveWatches === 1);
    server.put('on the new token');
    await all.changed('set on the new token');
    expect(server.tokens.slice(-2)).toEqual(['Bearer second', 'Bearer second']);
    expect(all.listWatch.stats().missed).toBe(0);
  });

  it('a token that cannot be read leaves the one before in force', async () => {
    const { all, write, call } = await pod();
    await write('token', '');
    await call();
    all.server.breakWatches();
    await all.server.until(() => all.server.watches.length === 2);
    expect(new Set(all.server.tokens)).toEqual(new Set(['Bearer first']));
  });

  it('a new authority judges every new socket, and no old socket is left', async () => {
    const { all, open, write, present, call } = await pod();
    const { server } = all;
    const next = await identity();
    present(next);
    await write('ca.crt', next.cert);
    expect([...open.values()]).toContain(1);
    await call();
    await eventually(() => ![...open.values()].includes(1) && server.liveWatches === 1);
    server.put('after');
    await all.changed('set after');
    expect(new Set(open.values())).toEqual(new Set([2]));
    expect(all.listWatch.stats()).toMatchObject({ missed: 0, reconnects: 1 });
    expect(all.crashes).toEqual([]);
  });

  it('an authority and a server that change one after the other are waited out', async () => {
    const { all, open, write, present, call } = await pod();
    const { server } = all;
    const next = await identity();
    await write('ca.crt', next.cert); // the server is late
    await call().catch(() => undefined);
    await server.until(() => server.liveWatches === 0);
    server.put('in between');
    present(next);
    await all.changed('set in between');
    expect(new Set(open.values())).toEqual(new Set([2]));
  });
});
