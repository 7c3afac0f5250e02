import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';
import type { OrderEvent } from '../../executor/order/order.ts';
import { later, received } from '../store/entries.ts';
import { WORKER } from '../store/places.ts';
import { type Rig, restingBuy, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

/** An order that was looked for, watched and given up two days ago: in the journal, in no memory. */
async function givenUp(id: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'executor-'));
  mkdirSync(join(folder, 'data'));
  const journal = new SqliteJournal(join(folder, 'data', 'journal.sqlite'), WORKER);
  const at = (Date.now() - 48 * 3_600_000) as EpochMs;
  const placed = { outcome: 'unknown', errorClass: 'timeout', latencyMs: 5_000, at } as const;
  const events: readonly OrderEvent[] = [
    ...([{ kind: 'sent' }, { kind: 'lost', cause: '' }, { kind: 'placed', placed }] as const),
    ...([{ kind: 'presumed-absent' }, { kind: 'unwatched' }] as const),
  ];
  await journal.append([received(id, { at }), ...events.map((event) => later(id, event, at))]);
  await journal.close();
  return folder;
}

it('the cancel of an order that nobody looks for any more is promised, and kept should it turn up', async () => {
  rig = await startExecutor({ data: await givenUp('old') });
  const { status, body } = await rig.call('DELETE', '/orders/old');
  expect([status, body.cancel]).toEqual([202, 'pending']);
  rig.venue.control.plant({
    ...{ pairSymbol: 'BTCTRY', orderType: 'buy', orderMethod: 'limit', newOrderClientId: 'old' },
    ...{ quantity: restingBuy.quantity, price: restingBuy.price },
  });
  // Something to look at the account for.
  await rig.place();
  expect((await rig.venue.control.wait({ openAtMost: 1 })).reached).toBe(true);
  await expect
    .poll(async () => (await rig.call('GET', '/orders/old')).body.order.state)
    .toBe('canceled');
}, 15_000);
