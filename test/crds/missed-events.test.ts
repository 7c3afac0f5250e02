import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { FaultApiServer } from './fault-api-server.ts';
import { eventually, watching } from './watched.ts';

const RELIST_DUE_MS = 700_000;

describe('row h: a relist finds what the watch missed', () => {
  it('takes in a lost change, counts it and replaces the watch', async () => {
    await using all = await watching();
    all.server.put('a');
    await all.changed('set a uid-1@101');
    all.server.put('a', { lost: true });
    all.server.put('b', { lost: true });
    all.clock.pass(RELIST_DUE_MS);
    await all.server.until(() => all.server.watches.length === 2 && all.server.liveWatches === 1);
    expect(all.changes).toEqual(['set a uid-1@101', 'set a uid-1@102', 'set b uid-2@103']);
    await eventually(() => all.listWatch.stats().reconnects > 0);
    expect(all.listWatch.stats()).toMatchObject({ missed: 2, relists: 1, reconnects: 1 });
    expect(all.log.join('\n')).toContain('the watch missed changes');
  });

  it('takes in a lost deletion', async () => {
    await using all = await watching();
    all.server.put('a');
    await all.changed('set a');
    all.server.delete('a', { lost: true });
    all.clock.pass(RELIST_DUE_MS);
    await all.changed('gone a');
    await all.server.until(() => all.server.watches.length === 2);
    expect(all.listWatch.stats().missed).toBe(1);
    expect(all.listWatch.list()).toEqual([]);
  });

  it('finds delete and recreate under one name', async () => {
    await using all = await watching();
    all.server.put('a');
    await all.changed('set a');
    all.server.delete('a', { lost: true });
    all.server.put('a', { lost: true });
    all.clock.pass(RELIST_DUE_MS);
    await all.changed('set a uid-2');
    expect(all.changes).toEqual(['set a uid-1@101', 'gone a uid-1@101', 'set a uid-2@103']);
  });

  it('counts nothing, and keeps the watch, when nothing was missed', async () => {
    await using all = await watching();
    all.server.put('a');
    all.server.put('b');
    await all.changed('set b');
    for (let round = 1; round <= 3; round++) {
      all.clock.pass(RELIST_DUE_MS);
      await all.server.until(() => all.server.lists.length === round + 1);
      await eventually(() => all.listWatch.stats().relists === round);
    }
    expect(all.listWatch.stats()).toMatchObject({ missed: 0, relists: 3, reconnects: 0 });
    expect(all.server.watches).toHaveLength(1);
  });

  it('does not revive what the watch deleted while the list was under way', async () => {
    await using all = await watching();
    all.server.put('a');
    await all.changed('set a');
    const gate = Promise.withResolvers<void>();
    all.server.listSnapshotGate = gate.promise; // the answer is made, and held back
    all.clock.pass(RELIST_DUE_MS);
    await all.server.until(() => all.server.lists.length === 2);
    all.server.delete('a');
    await all.changed('gone a');
    all.server.put('b');
    await all.changed('set b');
    gate.resolve();
    await eventually(() => all.listWatch.stats().relists > 0);
    expect(all.changes.slice(1)).toEqual(['gone a uid-1@102', 'set b uid-2@103']);
    expect(all.listWatch.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  it('tries again after half a minute when the relist itself fails', async () => {
    await using all = await watching();
    all.server.listFaults.push({ kind: 'status', status: 503 }, { kind: 'reset' });
    all.server.put('a', { lost: true });
    all.clock.pass(RELIST_DUE_MS);
    await all.changed('set a');
    expect(all.server.lists).toHaveLength(4);
    expect(all.server.liveWatches).toBe(1);
  });
});

describe('saw: what another read shows', () => {
  it('reaches the receiver at once and replaces a watch that stays silent', async () => {
    await using all = await watching();
    all.server.put('a');
    await all.changed('set a');
    const shown = all.server.put('a', { lost: true });
    all.listWatch.saw(shown);
    expect(all.changes.at(-1)).toBe('set a uid-1@102');
    await all.server.until(() => all.server.watches.length === 2 && all.server.liveWatches === 1);
    await eventually(() => all.listWatch.stats().reconnects > 0);
    expect(all.listWatch.stats()).toMatchObject({ missed: 1, reconnects: 1 });
  });

  it('is told once, and counts nothing, when the watch delivers it too', async () => {
    await using all = await watching();
    const shown = all.server.put('a');
    all.listWatch.saw(shown);
    const later = all.server.put('b');
    await all.changed(`set b ${later.metadata.uid}`);
    expect(all.changes).toEqual(['set a uid-1@101', 'set b uid-2@102']);
    all.listWatch.saw(all.server.put('c', { lost: true })); // this one is never delivered
    await eventually(() => all.listWatch.stats().missed > 0);
    expect(all.listWatch.stats().missed).toBe(1);
  });

  it('never takes a state back to an older one', async () => {
    await using all = await watching();
    const old = all.server.put('a');
    all.server.put('a');
    await all.changed('set a uid-1@102');
    all.listWatch.saw(old);
    expect(all.changes).toHaveLength(2);
  });
});

describe('half-open connections', () => {
  it('gives up a watch after 150 s of silence, and one that is not answered after 10 s', async () => {
    const server = await FaultApiServer.start();
    const asked: Dispatcher.DispatchOptions[] = [];
    const plain = server.connect();
    const dispatcher = plain.dispatcher.compose((dispatch) => (options, handler) => {
      asked.push(options);
      return dispatch(options, handler);
    });
    await using _all = await watching({ connection: { ...plain, dispatcher } }, server);
    expect(asked.at(-1)).toMatchObject({ bodyTimeout: 150_000, headersTimeout: 10_000 });
  });

  it('replaces a watch that is silent for idleMs, and misses nothing', async () => {
    await using all = await watching({ idleMs: 300 });
    all.server.watchFaults.push({ kind: 'freeze' });
    all.server.breakWatches();
    await all.server.until(() => all.server.watches.length === 2);
    all.server.put('unheard');
    const since = systemClock.elapsed();
    await all.changed('set unheard');
    expect(systemClock.elapsed() - since).toBeLessThan(2_000);
  });
});
