import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import type { Entry } from '../../executor/journal/journal.ts';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';
import { whole } from '../../executor/order/amount.ts';
import type { OrderId, PlaceOutcome, Terms } from '../../executor/order/order.ts';

const WORKER = new URL('../../executor/journal/sqlite-worker.ts', import.meta.url);
const NOW = 1_767_225_600_000;
const HOUR = 3_600_000;
let folder: string;
let journal: SqliteJournal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
  journal = new SqliteJournal(join(folder, 'journal.sqlite'), WORKER);
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true });
});

interface Told extends Partial<Pick<PlaceOutcome, 'outcome' | 'errorClass' | 'latencyMs'>> {
  readonly at?: number;
  readonly mode?: Terms['mode'];
}

/** What the journal holds of one order; without an outcome it is still on its way. */
function anOrder(name: string, { at = NOW - 1, mode = 'live', ...told }: Told): Entry[] {
  const terms: Terms = {
    ...{ id: name as OrderId, caller: 'n:1', key: name, bodyHash: 'h', symbol: 'BTCTRY' },
    ...{ side: 'buy', type: 'limit', quantity: whole(1), price: whole(7), mode },
    ...{ notionalTry: whole(7), receivedAt: at as EpochMs },
  };
  const of = { at: terms.receivedAt, orderId: terms.id };
  const received = { ...of, event: { kind: 'received', terms } } as const;
  const { outcome, errorClass = 'none', latencyMs = 0 } = told;
  if (outcome === undefined) return [received];
  const placed = { outcome, errorClass, latencyMs, at: of.at };
  return [received, { ...of, event: { kind: 'placed', placed } }];
}

const audit = (paper = false, ms = HOUR) => journal.audit({ ms, now: NOW, paper });

describe('the audit of the journal', () => {
  it('counts the orders of its window once each, by what their answer was', async () => {
    const again = anOrder('quick', { outcome: 'unknown', errorClass: '5xx' }).slice(1);
    await journal.append([
      ...anOrder('quick', { outcome: 'acked', latencyMs: 12.5 }),
      ...again,
      ...anOrder('slow', { outcome: 'acked', latencyMs: 1_500 }),
      ...anOrder('lost', { outcome: 'unknown', errorClass: 'timeout', latencyMs: 5_000 }),
      ...anOrder('on its way', {}),
      ...anOrder('first inside', { at: NOW - HOUR + 1, outcome: 'acked', latencyMs: 100 }),
      ...anOrder('just outside', { at: NOW - HOUR, outcome: 'rejected', errorClass: 'rejected' }),
      ...anOrder('paper', { mode: 'paper', outcome: 'acked' }),
    ]);
    expect(await audit()).toEqual({
      ...{ windowMs: HOUR, orders: 5, acked: 3, shareNotAcked: 0.4 },
      byOutcome: { acked: 3, unknown: 1 },
      byErrorClass: { none: 3, timeout: 1 },
      placeLatencyS: { p50: 0.1, p95: 5, p99: 5, max: 5, over1s: 2 },
    });
    expect((await audit(true)).orders).toBe(6);
  });

  it('of an empty journal has no latencies and no share', async () => {
    const none = { p50: null, p95: null, p99: null, max: null, over1s: 0 };
    expect(await audit()).toMatchObject({ orders: 0, shareNotAcked: 0, placeLatencyS: none });
  });

  it('of many orders is exact over its pages, and lets orders be written in between', async () => {
    const told = { outcome: 'acked', latencyMs: 1 } as const;
    // Many in the same millisecond: a page may end between them.
    const orders = Array.from({ length: 4_321 }, (_, n) =>
      anOrder(`order-${n}`, { ...told, latencyMs: n, at: NOW - 10 + Math.floor(n / 1_000) }),
    );
    await journal.append(orders.flat());
    let isSummed = false;
    const summing = audit().finally(() => {
      isSummed = true;
    });
    let written = 0;
    while (!isSummed) {
      await journal.append(anOrder(`meanwhile-${written}`, { at: NOW - 2 * HOUR }));
      written += 1;
    }
    const { orders: count, placeLatencyS } = await summing;
    expect([count, placeLatencyS.max]).toEqual([4_321, 4.32]);
    // One write that waited until the end, and one after it, would be no room in between.
    expect(written).toBeGreaterThan(3);
  });
});
