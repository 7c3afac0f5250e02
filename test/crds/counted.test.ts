import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { counted } from '../../crds/kube/counted.ts';
import { watchStream } from '../../crds/kube/watch-stream.ts';
import { FaultApiServer } from './fault-api-server.ts';

let server: FaultApiServer;
let plain: KubeConnection;
let connection: KubeConnection;
const counts: string[] = [];
beforeEach(async () => {
  counts.length = 0;
  server = await FaultApiServer.start();
  plain = server.connect();
  connection = counted(plain, (method, code, host) => {
    counts.push(`${method} ${code} ${host === new URL(plain.origin).host}`);
  });
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

const list = () => call(connection, { method: 'GET', path: server.path });

describe('a counted connection', () => {
  it('counts each answer by its status, and no answer as <error>', async () => {
    await list();
    server.listFaults.push({ kind: 'status', status: 503 }, { kind: 'reset' });
    await list();
    await list().catch(() => undefined);
    expect(counts).toEqual(['GET 200 true', 'GET 503 true', 'GET <error> true']);
  });

  it('counts a watch once, when it opens, and hands its events on', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const ended = watchStream<{ metadata: { name: string } }>({
      ...{ connection, path: `${server.path}?watch=true&resourceVersion=100` },
      ...{ idleMs: 0, signal: stop.signal, onOpen: () => undefined },
      onEvent({ object }) {
        seen.push(object.metadata.name);
        stop.abort();
      },
    });
    await server.until(() => server.liveWatches === 1);
    server.put('a');
    expect(await ended).toEqual({ kind: 'stopped' });
    expect(seen).toEqual(['a']);
    expect(counts).toEqual(['GET 200 true']);
    await server.until(() => server.liveWatches === 0);
  });
});
