import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { eventText } from '../../executor/journal/entry-text.ts';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';
import { SQLITE_MIGRATIONS } from '../../executor/journal/sqlite-schema.ts';
import { whole } from '../../executor/order/amount.ts';
import { orderOf } from '../../executor/order/book.ts';
import type { OrderEvent, OrderId } from '../../executor/order/order.ts';
import { anOrder, later, NOW, received } from '../store/entries.ts';
import { exported } from '../store/journal-contract.ts';
import { WORKER } from '../store/places.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a file from before versions were kept is brought up to date, its orders audited', async () => {
  const path = join(folder, 'journal.sqlite');
  const old = new DatabaseSync(path);
  old.exec(SQLITE_MIGRATIONS[0] ?? '');
  const insert = old.prepare('INSERT INTO events (at, order_id, kind, body) VALUES (?, ?, ?, ?)');
  for (const { at, orderId, event } of anOrder('a', { outcome: 'acked', latencyMs: 7 })) {
    insert.run(at, orderId, event.kind, eventText(event));
  }
  old.prepare('INSERT INTO orders VALUES (?, ?, ?, 0)').run('a', 'n:1\na', NOW - 1);
  old.close();
  const journal = new SqliteJournal(path, WORKER);
  const { orders, acked, placeLatencyS } = await journal.audit({
    ms: 60_000,
    now: NOW,
    paper: false,
  });
  expect([orders, acked, placeLatencyS.max]).toEqual([1, 1, 0.007]);
  expect(await journal.load(NOW)).toHaveLength(2);
  await journal.close();
});

it('words of before versions were kept are read as today’s: what was absent is watched', async () => {
  const path = join(folder, 'journal.sqlite');
  const old = new DatabaseSync(path);
  old.exec(SQLITE_MIGRATIONS[0] ?? '');
  const insert = old.prepare('INSERT INTO events (at, order_id, kind, body) VALUES (?, ?, ?, ?)');
  const wrote = (id: string, ...events: readonly { kind: string }[]) => {
    const receipt = received(id, { at: NOW - 1 }).event;
    for (const event of [receipt, ...events]) {
      insert.run(NOW - 1, id, event.kind, eventText(event as OrderEvent));
    }
    old.prepare('INSERT INTO orders VALUES (?, ?, ?, 1)').run(id, `n:1\n${id}`, NOW - 1);
  };
  const view = { venueId: '7', status: 'canceled', filled: whole(0) } as const;
  const absent = [{ kind: 'lost', cause: '' }, { kind: 'absent' }];
  const refused = { kind: 'dropped', code: 'VENUE_REFUSES_KEY', message: 'no' };
  wrote('absent', ...absent);
  wrote('found', ...absent, { kind: 'seen', view } as OrderEvent);
  wrote('refused', refused);
  old.close();
  const journal = new SqliteJournal(path, WORKER);
  const state = async (id: string) => orderOf(await journal.order(id as OrderId));
  expect(await state('absent')).toMatchObject({ state: 'presumed-absent', watched: true });
  expect(await state('found')).toMatchObject({ state: 'canceled' });
  expect(await state('refused')).toMatchObject({ state: 'dropped', code: 'VENUE_BREAKER_OPEN' });
  // Whoever is expected to turn up is read back however old.
  expect(new Set((await journal.load(NOW)).map(({ orderId }) => orderId))).toEqual(
    new Set(['absent']),
  );
  await journal.close();
});

/** Root may mount; elsewhere there is no small disk to fill. */
const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' });
function mayMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place);
    execFileSync('umount', [place]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true });
  }
}

describe.skipIf(!mayMount())('a full disk', () => {
  beforeEach(() => mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder));
  afterEach(() => execFileSync('umount', ['-l', folder]));

  it('refuses orders, keeps what has happened, and recovers when there is room', async () => {
    const notes: string[] = [];
    const journal = new SqliteJournal(join(folder, 'journal.sqlite'), WORKER, (note) =>
      notes.push(note),
    );
    await journal.append([received('a')]);
    const ballast = join(folder, 'ballast');
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    const asked = { kind: 'cancel-asked', by: 'risk' } as const;
    const full = await Promise.allSettled([
      journal.append([received('b')]),
      journal.append([later('a', asked)]),
      journal.append([received('c')]),
    ]);
    expect(full.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    expect(String((full[0] as PromiseRejectedResult).reason)).toContain('full');
    // It can still be read: a replay gets its answer.
    expect(await journal.load(0 as EpochMs)).toHaveLength(1);
    expect(journal.broken).toBeUndefined();
    rmSync(ballast);
    await expect.poll(() => notes.join(), { timeout: 4_000 }).toContain('takes writes again');
    await journal.append([received('d')]);
    const lines = await exported(journal);
    expect(lines.map(({ orderId, event }) => `${orderId} ${event.kind}`)).toEqual([
      'a received',
      'a cancel-asked',
      'd received',
    ]);
    await journal.close();
  });
});

it('its log is folded into the file when nobody waits, and no order with it', async () => {
  const path = join(folder, 'journal.sqlite');
  const journal = new SqliteJournal(path, WORKER);
  /** Orders in the file alone, without its log. */
  const folded = () => {
    const copy = join(folder, 'copy.sqlite');
    copyFileSync(path, copy);
    const file = new DatabaseSync(copy);
    const row = file.prepare('SELECT count(*) AS count FROM orders').get();
    file.close();
    return row?.count;
  };
  for (let n = 0; n < 150; n += 1) await journal.append([received(`early ${n}`)]);
  for (let n = 0; n < 150; n += 1) await journal.append([received(`late ${n}`)]);
  await expect.poll(folded).toBe(300);
  await journal.append([received('the next')]);
  expect(folded()).toBe(300);
  expect(await journal.load(NOW)).toHaveLength(301);
  await journal.close();
});
