import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { scopeOf } from '../../executor/journal/journal.ts';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';
import { whole } from '../../executor/order/amount.ts';
import { orderOf } from '../../executor/order/book.ts';
import type { OrderId, Terms } from '../../executor/order/order.ts';

const WORKER = new URL('../../executor/journal/sqlite-worker.ts', import.meta.url);
let folder: string;
let journal: SqliteJournal;

const open = () => new SqliteJournal(join(folder, 'journal.sqlite'), WORKER);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  journal = open();
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true });
});

const at = 1_767_225_600_000 as EpochMs;

function received(id: string, key = id) {
  const terms: Terms = {
    ...{ id: id as OrderId, caller: 'n:1', key, bodyHash: 'h', symbol: 'BTCTRY', side: 'buy' },
    ...{ type: 'limit', quantity: whole(1), price: whole(7), mode: 'live' },
    ...{ notionalTry: whole(7), receivedAt: at },
  };
  return { at, orderId: terms.id, event: { kind: 'received', terms } as const };
}

describe('the SQLite journal', () => {
  it('gives back, exactly and in order, what another process wrote', async () => {
    await journal.append([received('a')]);
    const view = { venueId: '9007199254740993', status: 'open', filled: whole(0) } as const;
    const orderId = 'a' as OrderId;
    await journal.append([
      { at, orderId, event: { kind: 'sent' } },
      { at, orderId, event: { kind: 'seen', view } },
    ]);
    await journal.close();
    journal = open();
    const stored = await journal.load(0 as EpochMs);
    expect(stored.map(({ sequence, event }) => [sequence, event.kind])).toEqual([
      [1, 'received'],
      [2, 'sent'],
      [3, 'seen'],
    ]);
    expect(stored[0]?.event).toEqual(received('a').event);
    expect(orderOf(stored)).toMatchObject({ state: 'working', venueId: '9007199254740993' });
    expect(await journal.bound(scopeOf('n:1', 'a'))).toHaveLength(3);
    expect(await journal.order(orderId)).toHaveLength(3);
  });

  it('takes a key once: the second order under it is refused, its neighbours are not', async () => {
    const results = await Promise.allSettled([
      journal.append([received('a', 'key')]),
      journal.append([received('b', 'key')]),
      journal.append([received('c')]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await journal.load(0 as EpochMs)).toHaveLength(2);
  });

  it('loads old orders only while something is expected of them', async () => {
    await journal.append([received('open')]);
    await journal.append([received('over')]);
    const event = { kind: 'rejected', errorClass: 'rejected', message: '' } as const;
    await journal.append([{ at, orderId: 'over' as OrderId, event }]);
    const later = (at + 1) as EpochMs;
    expect((await journal.load(later)).map(({ orderId }) => orderId)).toEqual(['open']);
  });

  it('says so, for ever, when its file cannot be opened', async () => {
    const broken = new SqliteJournal(join(folder, 'no', 'such', 'folder'), WORKER);
    await expect(broken.append([received('a')])).rejects.toThrow(/journal/);
    expect(broken.broken?.message).toContain('journal');
  });
});
