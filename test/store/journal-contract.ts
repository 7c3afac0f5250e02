import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { type Journal, scopeOf } from '../../executor/journal/journal.ts';
import { whole } from '../../executor/order/amount.ts';
import { orderOf } from '../../executor/order/book.ts';
import type { OrderId } from '../../executor/order/order.ts';
import { later, NOW, received, rejected } from './entries.ts';
import type { MakePlace, Place } from './places.ts';

const DAY = 86_400_000;
const ALL = 0 as EpochMs;

/** Every line of the export, from the beginning unless told otherwise. */
export async function exported(journal: Pick<Journal, 'export'>, after = 0) {
  let text = '';
  for (let from: number | null = after; from !== null; ) {
    const page = await journal.export(from);
    text += page.lines;
    from = page.last;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What every adapter of the journal must do. */
export function journalContract(makePlace: MakePlace): void {
  let place: Place;
  let journal: Journal;
  beforeEach(async () => {
    place = await makePlace();
    journal = place.open();
  });
  afterEach(async () => {
    await journal.close();
    await place.remove();
  });
  const reopened = async () => {
    await journal.close();
    journal = place.open();
    return journal;
  };
  const ids = async (since: EpochMs = ALL) => (await journal.load(since)).map((one) => one.orderId);

  it('gives back, exactly and in order, what another process wrote', async () => {
    const view = { venueId: '9007199254740993', status: 'open', filled: whole(0) } as const;
    await journal.append([received('a')]);
    await journal.append([later('a', { kind: 'sent' }), later('a', { kind: 'seen', view })]);
    const stored = await (await reopened()).load(ALL);
    expect(stored.map(({ sequence, event }) => [sequence, event.kind])).toEqual([
      [1, 'received'],
      [2, 'sent'],
      [3, 'seen'],
    ]);
    expect(stored[0]).toEqual({ ...received('a'), sequence: 1 });
    expect(orderOf(stored)).toMatchObject({ state: 'working', venueId: '9007199254740993' });
    expect(await journal.bound(scopeOf('n:1', 'a'))).toHaveLength(3);
    expect(await journal.order('a' as OrderId)).toHaveLength(3);
    expect(await journal.bound(scopeOf('n:1', 'b'))).toEqual([]);
  });

  it('takes a key once: the second order under it is answered with the first', async () => {
    const [, bound, other] = await Promise.all([
      journal.append([received('a', { key: 'key' })]),
      journal.append([received('b', { key: 'key' })]),
      journal.append([received('c')]),
    ]);
    expect(bound).toEqual([{ ...received('a', { key: 'key' }), sequence: 1 }]);
    expect(other).toEqual([]);
    expect(await ids()).toEqual(['a', 'c']);
    await journal.append([later('a', { kind: 'sent' }), later('a', rejected)]);
    await reopened();
    expect(orderOf(await journal.append([received('d', { key: 'key' })]))).toMatchObject({
      ...{ terms: { id: 'a' }, state: 'rejected' },
    });
    expect(await ids()).toEqual(['a', 'c', 'a', 'a']);
    expect(await journal.order('d' as OrderId)).toEqual([]);
  });

  it('binds nothing to an order whose id is taken', async () => {
    await journal.append([received('a')]);
    const twice = journal.append([received('a', { key: 'another' })]);
    await expect(twice).rejects.toThrow(/the journal refused/);
    expect(await journal.bound(scopeOf('n:1', 'another'))).toEqual([]);
  });

  it('writes an append in one piece: with one key bound, none of it is there', async () => {
    await journal.append([received('a', { key: 'key' })]);
    const bound = await journal.append([received('b'), received('c', { key: 'key' })]);
    expect(bound.map(({ orderId }) => orderId)).toEqual(['a']);
    expect(await ids()).toEqual(['a']);
    await journal.append([received('b')]);
    expect(await ids()).toEqual(['a', 'b']);
  });

  it('keeps the order of what is appended at once, over many groups', async () => {
    const orders = Array.from({ length: 700 }, (_, n) => `order-${n}`);
    await Promise.all(
      orders.flatMap((id) => [
        journal.append([received(id)]),
        journal.append([later(id, { kind: 'sent' })]),
      ]),
    );
    const stored = await journal.load(ALL);
    expect(stored.map(({ orderId }) => orderId)).toEqual(orders.flatMap((id) => [id, id]));
    const sequences = stored.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  });

  it('loads old orders only while something is expected of them', async () => {
    await journal.append([received('open'), received('over'), later('over', rejected)]);
    expect(await ids((NOW + 1) as EpochMs)).toEqual(['open']);
  });

  it('keeps any text a caller or a venue can send', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 300, maxLength: 300 }),
        async (messages) => {
          const events = messages.map((message) => ({ ...rejected, message }));
          await journal.append(events.map((event, n) => later(`text-${n}`, event)));
          const stored = (await journal.order('text-0' as OrderId)).concat(
            await journal.order('text-299' as OrderId),
          );
          const lines = await exported(journal);
          // JSON text is Unicode: half a pair comes back as its escape.
          expect(JSON.stringify(lines.map(({ event }) => event))).toBe(JSON.stringify(events));
          expect(JSON.stringify(stored.map(({ event }) => event))).toBe(
            JSON.stringify([events[0], events[299]]),
          );
        },
      ),
      { numRuns: 1 },
    );
  });

  it('exports every line once, in pages, to go on where a reader stopped', async () => {
    const many = Array.from({ length: 450 }, (_, n) => received(`order-${n}`));
    await journal.append(many);
    const lines = await exported(journal);
    expect(lines).toHaveLength(450);
    const { event, ...first } = lines[0];
    expect(first).toEqual({ sequence: 1, at: '2026-01-01T00:00:00.000Z', orderId: 'order-0' });
    expect(event.terms).toMatchObject({ caller: 'n:1', mode: 'live', notionalTry: '7' });
    expect(await exported(journal, 449)).toEqual([lines[449]]);
    expect(await journal.export(450)).toEqual({ lines: '', last: null });
  });

  it('prunes what is finished and old, and nothing else, and never gives a sequence twice', async () => {
    const old = { at: NOW - 9 * DAY };
    await journal.append([
      ...[received('recent'), later('recent', rejected)],
      ...[received('old', old), later('old', rejected, old.at)],
      ...[received('old but open', old), later('old but open', { kind: 'sent' }, old.at)],
      ...[received('finished late', old), later('finished late', rejected, NOW - DAY)],
    ]);
    const before = (NOW - 7 * DAY) as EpochMs;
    expect([await journal.prune(before), await journal.prune(before)]).toEqual([1, 0]);
    expect(new Set(await ids())).toEqual(new Set(['recent', 'old but open', 'finished late']));
    expect(await journal.bound(scopeOf('n:1', 'old'))).toEqual([]);
    // All of it gone, the counting goes on.
    expect(await journal.prune((NOW + DAY) as EpochMs)).toBe(2);
    await (await reopened()).append([received('next')]);
    expect((await exported(journal)).at(-1).sequence).toBe(9);
  });

  it('prunes a few at a time', async () => {
    const many = Array.from({ length: 450 }, (_, n) => [received(`${n}`), later(`${n}`, rejected)]);
    await journal.append(many.flat());
    const counts = [];
    for (let removed = -1; removed !== 0; counts.push(removed)) {
      removed = await journal.prune((NOW + 1) as EpochMs);
    }
    expect(counts).toEqual([200, 200, 50, 0]);
    expect(await ids()).toEqual([]);
  });

  it('refuses a schema that a newer executor has made, and says what to do', async () => {
    await journal.append([received('a')]);
    await journal.close();
    await place.fromTheFuture();
    const why: string[] = [];
    journal = place.open((note) => why.push(note));
    await expect(journal.append([received('b')])).rejects.toThrow(/run the newer executor again/);
    await expect
      .poll(() => journal.broken?.message)
      .toMatch(/schema 99, this executor knows up to/);
  });
}
