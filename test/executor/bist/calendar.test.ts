import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtIn } from '../../../executor/venues/bist/calendar/built-in.ts';
import {
  type Calendar,
  dayKind,
  dayKinds,
  endOf,
} from '../../../executor/venues/bist/calendar/calendar.ts';
import { readDocument } from '../../../executor/venues/bist/calendar/document.ts';
import { dayChanges, merge } from '../../../executor/venues/bist/calendar/merge.ts';
import { type Day, nextDay } from '../../../executor/venues/bist/istanbul.ts';

const NEWER = builtIn.version + 1;

function offered(rest: Partial<Calendar>): Calendar {
  return { version: NEWER, source: 'a circular', years: {}, reopens: [], symbols: {}, ...rest };
}

const year2026 = builtIn.years['2026'] ?? { closed: [], half: [] };
const days = (...list: string[]) => list as Day[];
const kind = (calendar: Calendar, day: string) => dayKind(calendar, day as Day);

function taken(before: Calendar, newer: Calendar) {
  const merged = merge(before, newer);
  if (merged.kind !== 'taken') throw new Error(`not taken: ${JSON.stringify(merged)}`);
  return merged;
}

describe('a newer calendar', () => {
  it('closes a day, and makes one a half day', () => {
    const closed = [...year2026.closed, ...days('2026-02-09')];
    const half = [...year2026.half, ...days('2026-12-31')];
    const { calendar, kept } = taken(builtIn, offered({ years: { 2026: { closed, half } } }));
    expect([kind(calendar, '2026-02-09'), kind(calendar, '2026-12-31')]).toEqual([
      'closed',
      'half',
    ]);
    expect(kept).toEqual([]);
    expect(dayChanges(builtIn, calendar)).toEqual([
      { day: '2026-02-09', was: 'full', is: 'closed' },
      { day: '2026-12-31', was: 'full', is: 'half' },
    ]);
  });

  it('that forgets closed and half days does not open them', () => {
    const { calendar, kept } = taken(
      builtIn,
      offered({ years: { 2026: { closed: [], half: [] } } }),
    );
    expect(dayChanges(builtIn, calendar)).toEqual([]);
    expect(kept).toHaveLength(year2026.closed.length + year2026.half.length);
  });

  it('opens a day that it names in reopens, as long as it says', () => {
    const reopens = days('2026-03-19', '2026-05-29');
    const closed = year2026.closed.filter((day) => day !== '2026-05-29');
    const years = { 2026: { closed, half: days('2026-05-29', '2026-05-26', '2026-10-28') } };
    const { calendar } = taken(builtIn, offered({ years, reopens }));
    expect([kind(calendar, '2026-03-19'), kind(calendar, '2026-05-29')]).toEqual(['full', 'half']);
  });

  it('has what was opened on purpose open before the built-in one, too, as after a restart', () => {
    const table = (closed: readonly Day[]) => ({ 2026: { closed, half: year2026.half } });
    const reopens = days('2026-05-29');
    const years = table(year2026.closed.filter((day) => day !== '2026-05-29'));
    const opened = taken(builtIn, offered({ years, reopens })).calendar;
    const later = taken(opened, offered({ version: NEWER + 1, years })).calendar;
    expect(kind(taken(builtIn, later).calendar, '2026-05-29')).toBe('full');
    expect(kind(taken(builtIn, { ...later, reopens: [] }).calendar, '2026-05-29')).toBe('closed');
  });

  it('brings a year, with the days of the law in it even when it forgets them', () => {
    const years = { 2028: { closed: days('2028-02-28'), half: [] } };
    const { calendar, kept } = taken(builtIn, offered({ years }));
    const seen = ['2028-02-28', '2028-05-01', '2028-10-27', '2028-06-01', '2026-10-29'];
    expect(seen.map((day) => kind(calendar, day))).toEqual([
      ...['closed', 'closed', 'full', 'full', 'closed'],
    ]);
    expect(kept).toContainEqual({ day: '2028-05-01', was: 'closed', is: 'full' });
  });

  it('is refused when it is older', () => {
    const closed = days('2026-02-09');
    const older = offered({ version: builtIn.version - 1, years: { 2026: { closed, half: [] } } });
    expect(merge(builtIn, older).kind).toBe('refused');
  });

  it('of the same version can close, and nothing else', () => {
    const closed = days('2026-02-09');
    const years = { 2026: { closed, half: [] }, 2028: { closed, half: [] } };
    const reopens = days('2026-10-29');
    const symbols = { 'GARAN.E': { segment: 'viop-evening' } } as const;
    const same = offered({ version: builtIn.version, years, reopens, symbols });
    const { calendar: stricter } = taken(builtIn, same);
    expect(dayChanges(builtIn, stricter)).toEqual([
      { day: '2026-02-09', was: 'full', is: 'closed' },
    ]);
    expect(stricter).toMatchObject({ symbols: {}, source: builtIn.source, reopens: [] });
    expect(kind(stricter, '2028-06-01')).toBe('unknown');
    const { calendar } = taken(builtIn, offered({ years: { 2026: { closed: [], half: [] } } }));
    expect(merge(calendar, offered({ years: { 2026: { closed: [], half: [] } } })).kind).toBe(
      'same',
    );
  });

  it('never makes any day longer that it does not name in reopens', () => {
    const someDays = fc.subarray(days('2026-01-01', '2026-03-19', '2026-06-02', '2026-10-28'));
    const table = fc.record({ closed: someDays, half: someDays }).map(({ closed, half }) => ({
      closed,
      half: half.filter((day) => !closed.includes(day)),
    }));
    fc.assert(
      fc.property(table, table, someDays, (first, second, reopens) => {
        const before = taken(builtIn, offered({ years: { 2026: first } })).calendar;
        const newer = offered({ version: NEWER + 1, years: { 2026: second }, reopens });
        const after = taken(before, newer).calendar;
        for (let day = '2026-01-01' as Day; day < '2027-01-01'; day = nextDay(day)) {
          const [was, is] = [dayKind(before, day), dayKind(after, day)];
          const isLooser = dayKinds.indexOf(is) > dayKinds.indexOf(was);
          if (isLooser && !reopens.includes(day)) throw new Error(`${day}: ${was} → ${is}`);
        }
      }),
    );
  });
});

describe('a calendar document', () => {
  const good = { version: NEWER, source: 'a circular', years: { 2026: year2026 } };
  it.each<[string, object | string, string]>([
    ['no JSON', '<html>', 'it is not JSON'],
    ['no version', { ...good, version: undefined }, 'version'],
    ['no years', { ...good, years: undefined }, 'years'],
    ['a day that does not exist', { ...good, reopens: ['2026-02-30'] }, 'must be a day'],
    ['a day of another year', { ...good, years: { 2027: year2026 } }, 'is of another year'],
    [
      'a day both closed and half',
      { ...good, years: { 2026: { closed: ['2026-10-28'], half: ['2026-10-28'] } } },
      '2026-10-28 is named twice',
    ],
    ['a field nobody knows', { ...good, holidays: [] }, 'holidays'],
    ['a segment nobody knows', { ...good, symbols: { A: { segment: 'x' } } }, 'segment'],
    ['a price as a number', { ...good, symbols: { A: { tick: 0.1 } } }, 'tick'],
    ['a price of nothing', { ...good, symbols: { A: { tick: '0' } } }, 'above 0'],
    ['a symbol in small letters', { ...good, symbols: { a: {} } }, 'symbols'],
  ])('with %s is refused, and it is said why', (_what, document, why) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    const read = readDocument(text);
    expect(read.ok ? '' : read.why).toContain(why);
  });

  it('in the README is one', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../executor/README.md'), 'utf8');
    const example = readDocument(readme.split('```json')[1]?.split('```')[0] ?? '');
    expect(example.ok ? taken(builtIn, example.calendar).kept.length : example.why).toBeGreaterThan(
      5,
    );
  });

  it('reads back as it was written', () => {
    expect(readDocument(JSON.stringify(builtIn))).toEqual({ ok: true, calendar: builtIn });
  });
});

describe('the end of a calendar', () => {
  it('is the first day of the first year that it does not know, whatever it knows beyond', () => {
    const none = { closed: [], half: [] };
    const end = (years: readonly number[], today: string) =>
      endOf({ years: Object.fromEntries(years.map((year) => [year, none])) }, today as Day);
    expect(end([2025, 2026, 2027], '2026-11-25')).toBe('2028-01-01');
    expect(end([2026, 2028], '2026-12-31')).toBe('2027-01-01');
    expect(end([2026], '2027-01-02')).toBe('2027-01-01');
    expect(end([], '2026-11-25')).toBe('2026-01-01');
  });
});
