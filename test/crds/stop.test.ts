import { describe, expect, it } from 'vitest';
import { FaultApiServer } from './fault-api-server.ts';
import { HastyClock } from './hasty-clock.ts';
import { StopPoints } from './stop-points.ts';
import { eventually, type Watched, watched } from './watched.ts';

/** More than a page, so that a list has an end in the middle. */
const THINGS = 501;

/** Everything a list-watch may do, until `isOver`: lists, faults, back-off, relists, a replaced watch. */
async function wholeLife({ server, listWatch, clock, changes }: Watched, isOver: () => boolean) {
  const until = (holds: () => boolean) => eventually(() => isOver() || holds());
  const heard = (name: string) => () => changes.some((change) => change.startsWith(`set ${name} `));
  for (let i = 0; i < THINGS; i++) server.put(`thing-${i}`);
  server.listFaults.push({ kind: 'status', status: 503 }, { kind: 'reset' });
  server.watchFaults.push(
    { kind: 'status', status: 429, retryAfter: '2' },
    { kind: 'error', code: 500, reason: 'InternalError' },
    { kind: 'reset-after', events: 1 },
    { kind: 'error', code: 410, reason: 'Expired' },
  );
  listWatch.start();
  await until(() => server.liveWatches === 1);
  server.put('a');
  await until(heard('a'));
  await until(() => server.liveWatches === 1 && server.watchFaults.length === 0);
  server.put('b');
  await until(heard('b'));
  server.put('c', { lost: true });
  clock.pass(700_000); // the periodic relist finds it, and the watch is replaced
  await until(heard('c'));
  await until(() => listWatch.stats().reconnects === 4 && server.liveWatches === 1);
}

/** Stopped at the point with this number; undefined when the life has fewer. */
async function stoppedAt(at: number): Promise<StopPoints | undefined> {
  let stopped: Promise<void> | undefined;
  let isStopped = false;
  const points = new StopPoints(at, () => {
    stopped = all.listWatch.stop().then(() => {
      isStopped = true;
    });
  });
  const server = await FaultApiServer.start();
  const connection = points.connection(server.connect());
  const all = await watched({ connection, clock: points.clock(new HastyClock()) }, server);
  try {
    const synced = all.listWatch.synced().then(
      () => true,
      () => false,
    );
    await wholeLife(all, () => isStopped);
    if (stopped === undefined) return undefined;
    await stopped;
    const told = all.changes.length;
    const asked = server.lists.length + server.watches.length;
    await eventually(() => server.liveWatches === 0); // nothing stays open
    server.put('late');
    all.clock.pass(700_000);
    await new Promise((turn) => setTimeout(turn, 5));
    const where = `stopped at ${at}, ${points.passed[at - 1]}`;
    expect(all.changes.length, where).toBe(told);
    expect(server.lists.length + server.watches.length, where).toBe(asked);
    expect(all.listWatch.stats().watching, where).toBe(false);
    expect(await synced, where).toBe(all.listWatch.hasSynced);
    expect(all.crashes, where).toEqual([]);
    return points;
  } finally {
    await all.listWatch.stop();
    await connection.close();
    await server.stop();
  }
}

describe('row e: stop', () => {
  it('is safe at every point of a whole life: nothing opens, runs or is told afterwards', async () => {
    let at = 1;
    for (; (await stoppedAt(at)) !== undefined; at++);
    expect(at).toBeGreaterThan(80);
  }, 60_000);
});
