import { describe, expect, it } from 'vitest';
import { ListWatch } from '../../crds/kube/list-watch.ts';
import { FaultApiServer } from './fault-api-server.ts';
import type { Thing, WatchFault } from './faults.ts';
import { eventually, type Watched, watched, watching } from './watched.ts';

/** Objects made while the watch fails must still arrive, and the watch must be open again. */
async function survives(all: Watched): Promise<void> {
  const { server } = all;
  const made = server.put('after');
  await all.changed(`set after ${made.metadata.uid}`);
  await server.until(() => server.liveWatches === 1);
  expect(all.crashes).toEqual([]);
}

describe('row a: no error stops a watch for good', () => {
  const faults: readonly [string, WatchFault][] = [
    ['a reset after the first event', { kind: 'reset-after', events: 1 }],
    ['a clean end after the first event', { kind: 'end-after', events: 1 }],
    ['a reset before the answer', { kind: 'reset' }],
    ['HTTP 500', { kind: 'status', status: 500 }],
    ['HTTP 503', { kind: 'status', status: 503 }],
    ['HTTP 429', { kind: 'status', status: 429, retryAfter: '3' }],
    ['HTTP 401', { kind: 'status', status: 401 }],
    ['HTTP 403', { kind: 'status', status: 403 }],
    ['HTTP 404', { kind: 'status', status: 404 }],
    ['an event torn in two', { kind: 'torn' }],
    ['something that is not JSON', { kind: 'says', text: '{"type":"ADDED","obj\n' }],
    ['something that is no event', { kind: 'says', text: '{"type":"ADDED","object":{}}\n' }],
    ['an event of nothing', { kind: 'says', text: '{}\n' }],
    ['an empty line', { kind: 'says', text: '\n' }],
  ];
  it.each(faults)('goes on after %s', async (_, fault) => {
    await using all = await watching();
    all.server.watchFaults.push(fault, fault, fault);
    all.server.breakWatches();
    all.server.put('during');
    await all.changed('set during');
    await survives(all);
  });

  it('goes on when the first list fails, however often', async () => {
    await using all = await watched();
    all.server.put('a');
    for (let i = 0; i < 7; i++) all.server.listFaults.push({ kind: 'status', status: 503 });
    all.server.listFaults.push({ kind: 'reset' });
    for (const text of [
      '',
      '<html>',
      'null',
      '[]',
      '{}',
      '{"metadata":{"resourceVersion":"1"},"items":{}}',
    ]) {
      all.server.listFaults.push({ kind: 'says', text });
    }
    all.listWatch.start();
    await all.listWatch.synced();
    expect(all.changes).toEqual(['set a uid-1@101']);
  });

  it('waits longer after each failure, at most 15 s, and as long as Retry-After says', async () => {
    await using all = await watching();
    for (let i = 0; i < 12; i++) all.server.watchFaults.push({ kind: 'status', status: 503 });
    all.server.watchFaults.push({ kind: 'status', status: 429, retryAfter: '40' });
    all.server.breakWatches();
    await all.server.until(() => all.server.watches.length === 15 && all.server.liveWatches === 1);
    const waits = all.clock.waits.filter((ms) => ms < 120_000);
    expect(waits.slice(0, 5)).toEqual([150, 300, 600, 1_200, 2_400]);
    expect(Math.max(...waits.slice(0, 13))).toBe(11_250); // 15 s with its jitter
    expect(waits[13]).toBeGreaterThanOrEqual(40_000);
  });
});

describe('row b: nobody has to listen', () => {
  it('goes on without a log', async () => {
    await using all = await watched();
    const connection = all.server.connect();
    const seen = Promise.withResolvers<void>();
    const silent = new ListWatch<Thing>({
      ...{ connection, path: all.server.path, clock: all.clock, random: () => 0.5 },
      onChange: () => seen.resolve(),
    });
    silent.start();
    await all.server.until(() => all.server.liveWatches === 1);
    all.server.breakWatches();
    all.server.put('after');
    await seen.promise;
    await silent.stop();
    await connection.close();
  });
});

describe('row c: an ERROR event is never dropped', () => {
  it.each([500, 429, 403])('says so and goes on after an in-stream %i', async (code) => {
    await using all = await watching();
    all.server.watchFaults.push({ kind: 'error', code, reason: 'Broken', retryAfter: 2 });
    all.server.breakWatches();
    await all.server.until(() => all.server.watches.length === 3);
    expect(all.log.join('\n')).toContain(`${code} Broken: Broken!`);
    expect(all.clock.waits.some((ms) => ms >= 2_000 && ms < 3_000)).toBe(true);
    expect(all.listWatch.stats().failures).toBe(2);
    await survives(all);
  });

  it.each<[string, WatchFault]>([
    ['in the stream', { kind: 'error', code: 410, reason: 'Expired' }],
    ['in the stream without a reason', { kind: 'error', code: 410, reason: '' }],
    ['as an answer', { kind: 'status', status: 410 }],
  ])('lists anew after 410 %s', async (_, fault) => {
    await using all = await watching();
    all.server.watchFaults.push(fault);
    all.server.breakWatches();
    all.server.put('during');
    await all.changed('set during');
    expect(all.server.lists).toHaveLength(2);
    expect(all.listWatch.stats()).toMatchObject({ relists: 1, missed: 0, failures: 1 });
  });
});

describe('row d: a receiver that throws', () => {
  it('ends the process, and nothing is delivered afterwards', async () => {
    const fault = new Error('receiver broke');
    const throwing = () => {
      throw fault;
    };
    await using all = await watched({ onChange: throwing });
    all.server.put('a');
    all.server.put('b');
    all.listWatch.start();
    await expect(all.listWatch.synced()).rejects.toBe(fault);
    expect(all.crashes).toEqual([fault]);
    expect(all.changes).toHaveLength(1);
    await all.listWatch.stop();
    expect(all.server.liveWatches).toBe(0);
  });
});

describe('row e: stop is safe wherever it comes', () => {
  it('opens no watch when stopped during the list', async () => {
    await using all = await watched();
    const gate = Promise.withResolvers<void>();
    all.server.listGate = gate.promise;
    all.listWatch.start();
    await all.server.until(() => all.server.lists.length === 1);
    const synced = expect(all.listWatch.synced()).rejects.toThrow('stopped');
    await all.listWatch.stop();
    gate.resolve();
    await synced;
    await all.server.until(() => all.server.sockets === 0);
    expect(all.server.watches).toEqual([]);
    expect(all.changes).toEqual([]);
  });

  it('opens no watch when stopped during the back-off', async () => {
    await using all = await watched();
    all.server.listFaults.push({ kind: 'status', status: 429, retryAfter: '600' });
    // 60 s is the most we wait; a wait that the test never lets pass:
    all.clock.after = (_, signal) =>
      new Promise((__, cancel) => signal?.addEventListener('abort', () => cancel(signal.reason)));
    all.listWatch.start();
    await all.server.until(() => all.server.lists.length === 1);
    await all.listWatch.stop();
    expect(all.server.watches).toEqual([]);
  });

  it('closes the watch when stopped while it is being opened', async () => {
    await using all = await watched();
    all.server.watchFaults.push({ kind: 'hang' });
    all.listWatch.start();
    await all.server.until(() => all.server.watches.length === 1);
    await all.listWatch.stop();
    await all.server.until(() => all.server.sockets <= 1); // the list's, kept alive
    expect(all.server.liveWatches).toBe(0);
  });

  it('delivers nothing after stop, not even what had arrived', async () => {
    await using all = await watching();
    const stopped = all.listWatch.stop();
    all.server.put('late');
    await stopped;
    await all.server.until(() => all.server.liveWatches === 0);
    expect(all.changes).toEqual([]);
  });

  it('tells a receiver that stops it nothing more, not even the rest of a list', async () => {
    await using all = await watched({ onChange: () => void all.listWatch.stop() });
    for (const name of ['a', 'b', 'c']) all.server.put(name);
    all.listWatch.start();
    await all.changed('set a');
    await all.listWatch.stop();
    expect(all.changes).toEqual(['set a uid-1@101']);
    expect(all.server.watches).toEqual([]);
  });

  it('may be stopped twice and before it starts', async () => {
    await using all = await watched();
    await all.listWatch.stop();
    all.listWatch.start();
    await all.listWatch.stop();
    expect(all.server.lists).toEqual([]);
  });
});

describe('row l: a token that cannot be read', () => {
  it('is a failure like any other, for the list and for the watch', async () => {
    const server = await FaultApiServer.start();
    let isReadable = false;
    const authorization = () => {
      if (!isReadable) throw new Error('the token is gone');
      return 'Bearer test';
    };
    await using all = await watched({ connection: { ...server.connect(), authorization } }, server);
    const told = (count: number) => eventually(() => all.log.length === count);
    all.listWatch.start();
    await told(2);
    isReadable = true;
    await server.until(() => server.liveWatches === 1);
    isReadable = false;
    const before = all.log.length;
    server.breakWatches();
    await told(before + 3);
    isReadable = true;
    await survives(all);
    expect(all.log.at(-1)).toContain('the token is gone');
  });
});
