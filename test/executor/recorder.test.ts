import { describe, expect, it } from 'vitest';
import { nothingSeen } from '../../executor/gate/sight.ts';
import type { Entry, Journal } from '../../executor/journal/journal.ts';
import { executorLog } from '../../executor/log.ts';
import { whole } from '../../executor/order/amount.ts';
import { OrderBook } from '../../executor/order/book.ts';
import type { OrderEvent } from '../../executor/order/order.ts';
import { NOTED_MS, Recorder } from '../../executor/recorder.ts';
import { received } from '../store/entries.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A received order, and what the journal was asked to write since: each append its kinds. */
async function aRecorder() {
  const clock = new ManualClock();
  const book = new OrderBook();
  const written: string[][] = [];
  const journal = {
    append: async (entries: readonly Entry[]) => {
      written.push(entries.map(({ event }) => event.kind));
      return [];
    },
  } as unknown as Journal;
  const recorder = new Recorder({
    ...{ clock, book, journal, gate: { sight: nothingSeen } },
    log: executorLog({}, { write: () => undefined }),
    onEvent: () => undefined,
    onIllegal: () => undefined,
  });
  const { terms } = received('a').event;
  await recorder.receive(terms);
  written.length = 0;
  return { clock, book, written, recorder, id: terms.id };
}

const view = { venueId: '7', status: 'open', filled: whole(0) } as const;
const seen: OrderEvent = { kind: 'seen', view };

describe('what is noted', () => {
  it('is in the book at once, and in the journal in one piece with what comes next', async () => {
    const { clock, book, written, recorder, id } = await aRecorder();
    recorder.note(id, { kind: 'sent' });
    expect(book.get(id)?.state).toBe('sent');
    await recorder.record(id, seen);
    await clock.advance(2 * NOTED_MS);
    await recorder.record(id, { kind: 'cancel-asked', by: 'n:1' });
    expect(written).toEqual([['sent', 'seen'], ['cancel-asked']]);
  });

  it('is in the journal soon when nothing comes', async () => {
    const { clock, written, recorder, id } = await aRecorder();
    recorder.note(id, { kind: 'sent' });
    await clock.advance(NOTED_MS - 1);
    expect(written).toEqual([]);
    await clock.advance(1);
    expect(written).toEqual([['sent']]);
    await recorder.record(id, seen);
    expect(written).toEqual([['sent'], ['seen']]);
  });

  it('of one order does not wait for, nor go with, what happens to another', async () => {
    const { clock, written, recorder, id } = await aRecorder();
    recorder.note(id, { kind: 'sent' });
    const { terms } = received('b').event;
    await recorder.receive(terms);
    await recorder.record(terms.id, { kind: 'cancel-asked', by: 'n:1' });
    await clock.advance(NOTED_MS);
    expect(written).toEqual([['received'], ['cancel-asked'], ['sent']]);
  });
});
