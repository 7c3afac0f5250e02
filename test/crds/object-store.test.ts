import { describe, expect, it } from 'vitest';
import type { Thing } from './faults.ts';
import { eventually, watched, watching } from './watched.ts';

describe('row f: synced means listed', () => {
  it('is not synced before the list was taken in, and is in the turn it was', async () => {
    const seen: boolean[] = [];
    await using all = await watched();
    all.server.put('a');
    all.server.listFaults.push({ kind: 'status', status: 503 });
    all.listWatch.start();
    await all.server.until(() => all.server.lists.length === 1);
    seen.push(all.listWatch.hasSynced);
    await all.listWatch.synced();
    seen.push(all.listWatch.hasSynced);
    expect(seen).toEqual([false, true]);
    expect(all.changes).toEqual(['set a uid-1@101']);
  });
});

describe('row g: bookmarks keep the version fresh', () => {
  it('asks for them and resumes from the last one', async () => {
    await using all = await watching();
    const version = all.server.bookmark();
    await all.server.until(
      () => all.listWatch.stats().events === 1 || all.server.liveWatches === 0,
    );
    await eventually(() => all.listWatch.stats().events > 0);
    all.server.breakWatches();
    await all.server.until(() => all.server.watches.length === 2);
    expect(all.server.watches[1]?.get('resourceVersion')).toBe(version);
    expect(all.server.watches.map((query) => query.get('allowWatchBookmarks'))).toEqual([
      'true',
      'true',
    ]);
    expect(all.changes).toEqual([]);
  });

  it.each([
    [0, 300],
    [0.999, 599],
  ])(
    'asks the server to end a watch after 5 to 10 minutes (random %d)',
    async (random, seconds) => {
      await using all = await watching({ random: () => random });
      expect(all.server.watches[0]?.get('timeoutSeconds')).toBe(String(seconds));
    },
  );
});

describe('row i: objects are told apart by uid', () => {
  it('shows delete and recreate in a gap as gone, then set', async () => {
    await using all = await watched();
    all.server.put('a');
    all.listWatch.start();
    await all.server.until(() => all.server.liveWatches === 1);
    all.server.breakWatches();
    all.server.delete('a');
    all.server.put('a');
    all.server.compact();
    await all.changed('set a uid-2');
    expect(all.changes).toEqual(['set a uid-1@101', 'gone a uid-1@101', 'set a uid-2@103']);
    expect(all.listWatch.get({ namespace: 'default', name: 'a' })?.metadata.uid).toBe('uid-2');
    expect(all.listWatch.get('uid-1')).toBeUndefined();
    expect(all.listWatch.get('uid-2')).toBeDefined();
  });

  it('shows it so within a watch that lost the deletion', async () => {
    await using all = await watching();
    all.server.put('a');
    all.server.delete('a', { lost: true });
    all.server.put('a');
    await all.changed('set a uid-2');
    expect(all.changes).toEqual(['set a uid-1@101', 'gone a uid-1@101', 'set a uid-2@103']);
  });

  it('hands over the last state with a deletion', async () => {
    await using all = await watching();
    all.server.put('a');
    all.server.delete('a');
    await all.changed('gone a');
    expect(all.changes).toEqual(['set a uid-1@101', 'gone a uid-1@102']);
  });
});

describe('row j: large collections', () => {
  it('lists page by page, by 500, and keeps no managedFields', async () => {
    await using all = await watched();
    for (let i = 0; i < 1_201; i++) all.server.put(`thing-${i}`);
    all.listWatch.start();
    await all.listWatch.synced();
    expect(all.server.lists.map((query) => query.get('limit'))).toEqual(['500', '500', '500']);
    expect(all.server.lists.map((query) => query.get('continue'))).toEqual([null, '500', '1000']);
    expect(all.listWatch.list()).toHaveLength(1_201);
    await all.server.until(() => all.server.liveWatches === 1);
    all.server.put('thing-0');
    await all.changed('set thing-0 uid-1@1302');
    expect(all.objects.filter(({ metadata }) => 'managedFields' in metadata)).toEqual([]);
  });

  it('reads in one piece when a later page has expired', async () => {
    await using all = await watched();
    for (let i = 0; i < 501; i++) all.server.put(`thing-${i}`);
    all.server.expirePages = true;
    all.listWatch.start();
    await all.listWatch.synced();
    expect(all.server.lists.map((query) => query.get('limit'))).toEqual(['500', '500', null]);
    expect(all.changes).toHaveLength(501);
  });
});

describe('row k: one shape', () => {
  it('gives the same object by list and by watch', async () => {
    await using byList = await watched();
    byList.server.put('a');
    byList.listWatch.start();
    await byList.changed('set a');
    await using byWatch = await watching();
    byWatch.server.put('a');
    await byWatch.changed('set a');
    const [listed] = byList.objects;
    expect(listed).toEqual(byWatch.objects[0]);
    expect(listed).toMatchObject({ apiVersion: 'test/v1', kind: 'Thing' } satisfies Partial<Thing>);
  });
});

describe('versions that run backwards', () => {
  it('lists anew after a restore from a backup', async () => {
    await using all = await watched();
    all.server.put('a');
    all.server.put('a');
    all.server.put('b');
    all.listWatch.start();
    await all.server.until(() => all.server.liveWatches === 1);
    all.server.delete('b');
    await all.changed('gone b');
    all.server.rewind(50);
    all.server.put('a');
    all.server.breakWatches();
    await all.changed('set a uid-1@51');
    expect(all.server.watches.length).toBeLessThanOrEqual(3); // at the first answer, not the fifth
    expect(all.listWatch.get('uid-1')?.metadata.resourceVersion).toBe('51');
    all.server.put('after');
    await all.changed('set after');
  });
});
