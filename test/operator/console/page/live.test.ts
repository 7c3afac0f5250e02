import { describe, expect, it } from 'vitest';
import { ageMs, isFresh, type Sight, sighted } from '../../../../operator/console/page/live/age.ts';
import { eventsIn, retryAfterMs } from '../../../../operator/console/page/live/event-stream.ts';
import { type Rows, rowsAfter } from '../../../../operator/console/page/live/overview-state.ts';
import { announcement } from '../../../../operator/console/page/overview/announce.ts';
import { BEAT_MS } from '../../../../operator/console/wire/overview.ts';
import { aRow } from './a-row.ts';

const AT = '2026-11-25T12:00:00.000Z';
const later = (ms: number) => new Date(Date.parse(AT) + ms).toISOString();
const rowsOf = (...rows: ReturnType<typeof aRow>[]): Rows =>
  new Map(rows.map((row) => [row.uid, row]));

describe('the age of what is shown', () => {
  const seen = (...messages: readonly (readonly [at: string, elapsedMs: number])[]): Sight | null =>
    messages.reduce<Sight | null>(
      (before, [at, elapsed]) => sighted(before, { at }, elapsed),
      null,
    );

  it('grows with our own monotonic clock, whatever the clocks of the day say', () => {
    expect(ageMs(seen([AT, 1_000]), 1_000)).toBe(0);
    expect(ageMs(seen([AT, 1_000]), 8_500)).toBe(7_500);
  });

  it('counts from the message that was delayed least', () => {
    expect(ageMs(seen([AT, 5_000], [later(2_000), 6_000]), 6_000)).toBe(0);
    expect(ageMs(seen([later(0), 1_000], [later(1_000), 4_000]), 4_000)).toBe(2_000);
  });

  it('grows when beats come and say nothing newer: the server is blind itself', () => {
    const frozen = seen([AT, 0], [later(2_000), 2_000], [later(2_000), 9_000]);
    expect(ageMs(frozen, 9_000)).toBe(7_000);
    expect(isFresh(ageMs(frozen, 9_000))).toBe(false);
  });

  it('is what a blind server says it is, from its first message on', () => {
    const first = sighted(null, { at: AT, blindMs: 300_000 }, 1_000);
    expect([ageMs(first, 1_000), isFresh(ageMs(first, 1_000))]).toEqual([300_000, false]);
  });

  it('is not fresh when nothing came, or nothing for longer than a beat', () => {
    expect([isFresh(null), isFresh(BEAT_MS), isFresh(BEAT_MS + 2_000)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(sighted(null, { at: 'soon' }, 0)).toBeNull();
  });
});

describe('rows out of a stream', () => {
  const [a, b] = [aRow({ uid: 'a' }), aRow({ uid: 'b' })];

  it('are replaced by all, kept by a beat, and changed one by one', () => {
    const first = rowsAfter(new Map(), { kind: 'all', at: AT, rows: [a, b] });
    expect([...first.keys()]).toEqual(['a', 'b']);
    expect(rowsAfter(first, { kind: 'beat', at: AT })).toBe(first);
    const next = rowsAfter(first, {
      kind: 'changed',
      at: AT,
      rows: [{ ...b, unknownOrders: 2 }],
      gone: ['a'],
    });
    expect([...next.values()].map((row) => [row.uid, row.unknownOrders])).toEqual([['b', 2]]);
    expect([...first.keys()]).toEqual(['a', 'b']);
  });

  it('stay the same objects when they come again unchanged', () => {
    const first = rowsOf(a, b);
    const again = rowsAfter(first, {
      kind: 'all',
      at: AT,
      rows: [structuredClone(a), { ...b, name: 'other' }],
    });
    expect([again.get('a') === a, again.get('b') === b]).toEqual([true, false]);
  });

  it('are told to a screen reader only when their worst trouble is another', () => {
    const troubled = { ...a, troubles: ['KillNotConfirmed'] as const };
    expect(announcement(rowsOf(a), rowsOf(troubled))).toBe('desk-a btc-maker: kill not confirmed');
    expect(announcement(rowsOf(troubled), rowsOf(a))).toBe('desk-a btc-maker: no trouble any more');
    expect(announcement(rowsOf(a), rowsOf({ ...a, unknownOrders: 1 }))).toBe('');
    expect(announcement(new Map(), rowsOf(troubled))).toBe('');
    const many = ['1', '2', '3', '4', '5'].map((uid) => ({ ...troubled, uid }));
    expect(announcement(rowsOf(a), rowsOf(a, ...many))).toMatch(/and 2 more changed$/);
  });
});

describe('a stream of events', () => {
  it('is read the same wherever it is cut', () => {
    const whole = ': hello\n\nevent: x\ndata: {"a":1}\n\ndata: 1\r\ndata: 2\r\n\r\n';
    for (let cut = 0; cut <= whole.length; cut++) {
      const first = eventsIn(whole.slice(0, cut));
      const second = eventsIn(first.rest + whole.slice(cut));
      expect([...first.data, ...second.data]).toEqual(['{"a":1}', '1\n2']);
    }
  });

  it('is tried again soon, then slower, never slower than four seconds', () => {
    expect([0, 1, 2, 20].map(retryAfterMs)).toEqual([300, 1_000, 2_000, 4_000]);
  });
});
