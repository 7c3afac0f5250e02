import { hash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochMs } from '../../../crds/clock.ts';
import type { Entry } from '../../../executor/journal/journal.ts';
import { SqliteJournal } from '../../../executor/journal/sqlite.ts';
import { type Amount, parseAmount } from '../../../executor/order/amount.ts';
import type { OrderEvent, OrderId, Terms } from '../../../executor/order/order.ts';
import { TRADER } from '../../executor/an-executor.ts';

/** What an executor keeps in memory at most, and a few more. */
const ORDERS = 5_100;
const SPREAD_MS = 55 * 60_000;
const AT_ONCE = 300;
const FIRST_VENUE_ID = 20_000_000_000;

/**
 * Writes a journal of an hour's finished orders, so that an executor starts with its bounded memory
 * (5,000 finished orders, an hour of results) full: what grows after that is not that.
 */
export async function seedJournal(data: string, now: number): Promise<void> {
  mkdirSync(data, { recursive: true });
  const worker = new URL('../../../executor/main.ts', import.meta.url);
  const journal = new SqliteJournal(join(data, 'journal.sqlite'), worker);
  for (let first = 0; first < ORDERS; first += AT_ONCE) {
    const numbers = Array.from(
      { length: Math.min(AT_ONCE, ORDERS - first) },
      (_, at) => first + at,
    );
    await journal.append(numbers.flatMap((number) => finished(number, now)));
  }
  await journal.close();
}

function finished(number: number, now: number): readonly Entry[] {
  const at = Math.floor(now - SPREAD_MS + (number / ORDERS) * (SPREAD_MS - 120_000)) as EpochMs;
  const id = randomUUID() as OrderId; // as long as a real one: these are replaced by real ones
  const quantity = amount('0.0001');
  const terms: Terms = {
    ...{ id, caller: `system:serviceaccount:${TRADER.replace('/', ':')}`, key: randomUUID() },
    ...{ bodyHash: hash('sha256', id), symbol: 'BTCTRY', side: 'buy', type: 'limit', mode: 'live' },
    ...{ quantity, price: amount('1000000'), notionalTry: amount('100'), receivedAt: at },
  };
  const placed = { outcome: 'acked', errorClass: 'none', latencyMs: 20, at } as const;
  const events: readonly OrderEvent[] = [
    { kind: 'received', terms },
    { kind: 'sent' },
    {
      kind: 'seen',
      view: { venueId: String(FIRST_VENUE_ID + number), status: 'filled', filled: quantity },
    },
    { kind: 'placed', placed },
  ];
  return events.map((event) => ({ at, orderId: id, event }));
}

function amount(text: string): Amount {
  const parsed = parseAmount(text);
  if (parsed === undefined) throw new Error(`${text} is no amount`);
  return parsed;
}
