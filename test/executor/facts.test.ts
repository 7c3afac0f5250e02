import { describe, expect, it } from 'vitest';
import { ASIDE_ROWS_MAX } from '../../executor/journal/bounds.ts';
import { PostgresQueue } from '../../executor/journal/postgres-queue.ts';
import { rowOf } from '../../executor/journal/rows.ts';
import type { Note, Reply } from '../../executor/journal/thread-protocol.ts';
import { later, received, rejected } from '../store/entries.ts';

const fact = rowOf(later('a', rejected));
const receipt = rowOf(received('b'));

function aQueue() {
  const told: (Reply | Note)[] = [];
  const queue = new PostgresQueue(
    (message) => told.push(message),
    ({ id }, why) => told.push({ id, ok: false, message: why }),
  );
  queue.goOnFrom(0);
  const push = (id: number, ...rows: (typeof fact)[]) =>
    queue.push({ id, kind: 'append', rows }, id);
  return { queue, push, told };
}

describe('appends that wait for a database', () => {
  it('keep their sequences and their order when they are sent again', () => {
    const { queue, push } = aQueue();
    push(1, fact, fact);
    push(2, receipt);
    const sent = queue.group().map(({ id, sequence }) => [id, sequence]);
    push(3, fact);
    const again = queue.group().map(({ id, sequence }) => [id, sequence]);
    expect(sent).toEqual([
      [1, 1],
      [2, 3],
    ]);
    expect(again).toEqual([...sent, [3, 4]]);
  });

  it('are refused once; a fact stays, a receipt that may be there is taken back', () => {
    const { queue, push, told } = aQueue();
    push(1, fact);
    push(2, receipt);
    queue.group();
    push(3, receipt); // never sent: there is nothing to take back
    queue.expire(3, 'late');
    queue.expire(3, 'late');
    expect(told.map((one) => 'id' in one && [one.id, one.ok])).toEqual(
      [1, 2, 3].map((id) => [id, false]),
    );
    expect([queue.group().map(({ id }) => id), queue.takeBack]).toEqual([[1], [2]]);
  });

  it('behind one that waited in vain are refused at once, until the database answers again', () => {
    const { queue, push, told } = aQueue();
    push(1, fact);
    queue.expire(1, 'late');
    push(2, fact);
    push(3, receipt);
    expect(told).toHaveLength(3);
    queue.settle(queue.group(), new Map());
    push(4, receipt);
    expect(told).toHaveLength(3);
    queue.expire(4, 'late');
    queue.resume();
    push(5, receipt);
    expect(told.map((one) => 'id' in one && one.id)).toEqual([1, 2, 3, 4]);
  });

  it('are given up when there are too many, oldest first, but none that somebody waits for', () => {
    const { queue, push, told } = aQueue();
    const many = Array.from({ length: ASIDE_ROWS_MAX / 2 }, () => fact);
    for (const id of [1, 2, 3, 4]) push(id, ...many);
    queue.expire(3, 'late');
    expect(queue.group().map(({ id }) => id)).toEqual([3, 4]);
    expect(told.at(-1)).toMatchObject({
      note: `${ASIDE_ROWS_MAX} events were given up: no database takes them`,
    });
    const waitedFor = aQueue();
    for (const id of [1, 2, 3, 4]) waitedFor.push(id, ...many);
    waitedFor.queue.refuse(waitedFor.queue.group().slice(1), 'refused by the database');
    expect(waitedFor.queue.group().map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });
});
