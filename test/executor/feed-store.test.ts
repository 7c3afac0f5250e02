import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock, EpochMs } from '../../crds/clock.ts';
import { Batch } from '../../executor/feed/batch.ts';
import type { FeedRecord, Receipt } from '../../executor/feed/records.ts';
import { FeedStore } from '../../executor/feed/store.ts';
import { whole } from '../../executor/order/amount.ts';

const DAY_MS = 86_400_000;
const NOW = 1_767_225_600_000 as EpochMs;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feed-store-'));
  path = join(folder, 'feed.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const ago = (ms: number): EpochMs => (NOW - ms) as EpochMs;
const levels = Array.from({ length: 100 }, (_, n) => ({ price: whole(n + 1), amount: whole(1) }));
function book(at: EpochMs, sequence = 1): FeedRecord {
  const sides = { bids: levels, asks: levels };
  return { kind: 'book', symbol: 'BTCTRY', at, form: 'difference', sequence, ...sides };
}
function trade(id: string, at = NOW): FeedRecord {
  const terms = { id, price: whole(7), amount: whole(1), tradedAt: at, sideFlag: 0 } as const;
  return { kind: 'trade', symbol: 'BTCTRY', at, trade: terms };
}
function count(table: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare(`SELECT count(*) AS count FROM ${table}`).get();
  database.close();
  return Number(row?.count);
}

describe('the file of the feed', () => {
  it('takes a batch whole or not at all', () => {
    const store = new FeedStore(path);
    const broken = trade('2', 0.5 as EpochMs); // no whole number: the table refuses it
    expect(() => store.write([trade('1'), broken, trade('3')], NOW)).toThrow();
    expect([count('trades'), store.recordedUntil()]).toEqual([0, undefined]);
    expect(store.write([trade('1'), trade('3')], NOW).trades).toBe(2);
    expect([count('trades'), store.recordedUntil()]).toEqual([2, NOW]);
    store.close();
  });

  it('takes a trade once, however often a join repeats it', () => {
    const store = new FeedStore(path);
    expect(store.write([trade('9007199254740993'), trade('9007199254740992')], NOW).trades).toBe(2);
    expect(store.write([trade('9007199254740993')], NOW).trades).toBe(0);
    store.close();
  });

  it('forgets after seven days, not before, and 2,000 rows at a time', () => {
    const store = new FeedStore(path);
    const old = Array.from({ length: 3_000 }, (_, n) => trade(`${n}`, ago(7 * DAY_MS + 1)));
    const gap = { kind: 'gap-opened', symbol: 'BTCTRY', reason: 'closed' } as const;
    const gaps: FeedRecord[] = [
      { ...gap, at: ago(9 * DAY_MS) },
      { kind: 'gap-closed', symbol: 'BTCTRY', at: ago(8 * DAY_MS) },
      { ...gap, at: ago(8 * DAY_MS), symbol: 'ETHTRY' },
    ];
    store.write([...old, trade('new', ago(7 * DAY_MS)), ...gaps], NOW);
    expect(store.retain(NOW, 'ample')).toBe(2_001);
    expect(store.retain(NOW, 'ample')).toBe(1_000);
    expect(store.retain(NOW, 'ample')).toBe(0);
    expect([count('trades'), count('gaps')]).toEqual([1, 1]); // one gap lasts on
    store.close();
  });

  it('grows to its bound, and from there on lives on the room of its oldest rows', () => {
    const bytesMax = 2_000_000;
    const store = new FeedStore(path, { freeShareMin: 0, bytesMax, spareBytes: 200_000 });
    let sequence = 0;
    for (let minute = 0; minute < 400; minute += 1) {
      const at = (NOW + minute * 60_000) as EpochMs;
      store.write(
        Array.from({ length: 5 }, () => book(at, sequence++)),
        at,
      );
      const room = store.room();
      store.retain(at, room);
      expect(store.room()).not.toBe('none');
    }
    store.close();
    const database = new DatabaseSync(path, { readOnly: true });
    const [size] = database.prepare('PRAGMA page_count').all();
    const [range] = database.prepare('SELECT min(id) AS first, max(id) AS last FROM books').all();
    database.close();
    expect(Number(size?.page_count) * 4_096).toBeLessThan(bytesMax * 1.2);
    expect(Number(range?.first)).toBeGreaterThan(1);
    expect(range?.last).toBe(2_000);
  });
});

describe('a batch', () => {
  it('counts a frame that waited behind a slow commit from when that began', async () => {
    let now = 1_000;
    const clock: Clock = {
      wall: () => NOW,
      elapsed: () => now,
      after: () => new Promise(() => undefined),
    };
    const store = new FeedStore(path);
    const write = store.write.bind(store);
    store.write = (records, until) => {
      now += 500; // the disk stalls
      return write(records, until);
    };
    const batch = new Batch({ clock, store, onUnwritable: () => undefined });
    batch.add([trade('1')], batch.receipt(), true);
    batch.commit();
    const waited = batch.receipt(); // read in the turn after, but it may have come 500 ms ago
    batch.add([trade('2')], waited, true);
    await new Promise((turn) => setImmediate(() => setImmediate(() => setImmediate(turn))));
    const later: Receipt = batch.receipt();
    batch.add([trade('3')], later, true);
    batch.commit();
    expect([...batch.taken().latencies]).toEqual([0.5, 1, 0.5]);
    store.close();
  });
});
