import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../crds/clock.ts';
import { whole } from '../../../executor/order/amount.ts';
import { builtIn } from '../../../executor/venues/bist/calendar/built-in.ts';
import {
  type Calendar,
  dayKind,
  segmentNames,
} from '../../../executor/venues/bist/calendar/calendar.ts';
import {
  type Day,
  dayOf,
  isWeekend,
  midnight,
  nextDay,
} from '../../../executor/venues/bist/istanbul.ts';
import { session } from '../../../executor/venues/bist/session.ts';

/** An instant as a clock in Istanbul shows it. */
const trt = (text: string): EpochMs => Date.parse(`${text.replace(' ', 'T')}+03:00`) as EpochMs;
const seen = (text: string, symbol = 'GARAN.E', calendar: Calendar = builtIn) => {
  const { kind, phase } = session(calendar, symbol, trt(text));
  return `${kind} ${phase}`;
};
const nextOpen = (text: string, symbol = 'GARAN.E', calendar: Calendar = builtIn) => {
  const found = session(calendar, symbol, trt(text));
  if (found.kind === 'open') return 'open';
  return found.nextOpen === undefined ? 'never' : new Date(found.nextOpen).toISOString();
};
const noted = (symbols: Calendar['symbols']): Calendar => ({ ...builtIn, symbols });

describe('the equity session', () => {
  it.each([
    ['2026-11-24 09:39:59', 'closed closed'],
    ['2026-11-24 09:40:00', 'open opening-call'],
    ['2026-11-24 09:57:00', 'closed opening-match'],
    ['2026-11-24 10:00:00', 'open continuous'],
    ['2026-11-24 17:59:59', 'open continuous'],
    ['2026-11-24 18:00:30', 'closed closing-band'],
    ['2026-11-24 18:02:00', 'open closing-call'],
    ['2026-11-24 18:09:00', 'open at-close'],
    ['2026-11-24 18:10:00', 'closed closed'],
    ['2026-11-24 19:00:00', 'closed closed'],
    ['2026-10-28 12:29:00', 'open continuous'],
    ['2026-10-28 12:41:00', 'closed closed'],
    ['2026-10-29 10:00:00', 'closed closed'],
    ['2026-11-28 10:00:00', 'closed closed'],
  ])('at %s is %s, as the reference has it', (at, phase) => {
    expect(seen(at)).toBe(phase);
  });

  it.each([
    ['2026-11-24 09:39:59.999', 'closed closed', '09:40:00.000', 'open opening-call'],
    ['2026-11-24 09:54:59.999', 'open opening-call', '09:55:00.000', 'closed opening-match'],
    ['2026-11-24 09:59:59.999', 'closed opening-match', '10:00:00.000', 'open continuous'],
    ['2026-11-24 17:59:59.999', 'open continuous', '18:00:00.000', 'closed closing-band'],
    ['2026-11-24 18:00:59.999', 'closed closing-band', '18:01:00.000', 'open closing-call'],
    ['2026-11-24 18:04:59.999', 'open closing-call', '18:05:00.000', 'closed closing-match'],
    ['2026-11-24 18:06:59.999', 'closed closing-match', '18:07:00.000', 'closed at-close-band'],
    ['2026-11-24 18:07:59.999', 'closed at-close-band', '18:08:00.000', 'open at-close'],
    ['2026-11-24 18:09:59.999', 'open at-close', '18:10:00.000', 'closed closed'],
    ['2026-10-28 12:29:59.999', 'open continuous', '12:30:00.000', 'closed closing-band'],
    ['2026-10-28 12:39:59.999', 'open at-close', '12:40:00.000', 'closed closed'],
  ])('to the millisecond: %s %s, %s %s', (before, was, after, is) => {
    expect([seen(before), seen(`${before.slice(0, 10)} ${after}`)]).toEqual([was, is]);
  });

  it.each([
    ['19:00, the next morning', '2026-11-24 19:00', '2026-11-25T06:40:00.000Z'],
    ['a gap, its end', '2026-11-24 09:57', '2026-11-24T07:00:00.000Z'],
    ['a Friday evening, Monday', '2026-11-27 19:00', '2026-11-30T06:40:00.000Z'],
    ['a half day, over the holiday', '2026-10-28 13:00', '2026-10-30T06:40:00.000Z'],
    ['the eve of a feast, after it', '2026-05-26 13:00', '2026-06-01T06:40:00.000Z'],
    ['the last day that is known', '2027-12-31 19:00', 'never'],
  ])('opens next: after %s', (_what, at, next) => {
    expect(nextOpen(at)).toBe(next);
  });

  it.each([['2024-12-31 11:00'], ['2028-01-03 11:00']])(
    'takes nothing in a year without data: %s',
    (at) => {
      expect(seen(at)).toBe('closed no-calendar');
    },
  );
});

describe('the session of another market', () => {
  it.each([
    ['funds collect until 09:56', '2026-11-24 09:55:59.999', 'GLDTR.F', {}, 'open opening-call'],
    ['funds match from 09:56', '2026-11-24 09:56', 'GLDTR.F1', {}, 'closed opening-match'],
    ['a symbol nobody knows is an equity', '2026-11-24 09:55', 'X', {}, 'closed opening-match'],
    ['derivatives open at 09:30', '2026-11-24 09:30', 'F_X', viop(), 'open continuous'],
    ['derivatives close at 18:10', '2026-11-24 18:10', 'F_X', viop(), 'closed closed'],
    ['without an evening', '2026-11-24 19:00', 'F_X', viop(), 'closed closed'],
    ['with an evening', '2026-11-24 19:00', 'F_X', viop('-evening'), 'open evening'],
    ['until 23:00', '2026-11-24 23:00', 'F_X', viop('-evening'), 'closed closed'],
    ['half days of derivatives', '2026-10-28 11:00', 'F_X', viop(), 'closed closed'],
    ['call-only lists: a call', '2026-11-24 18:02', 'A.E', list('call-only'), 'open closing-call'],
    [
      'call-only lists: between',
      '2026-11-24 11:00',
      'A.E',
      list('call-only'),
      'closed between-calls',
    ],
    [
      'the watch list: between',
      '2026-11-24 11:00',
      'A.E',
      list('watch-list'),
      'closed between-calls',
    ],
    ['warrants: between', '2026-11-24 11:00', 'A.E', list('warrant'), 'closed between-calls'],
    ['rights, as shares', '2026-11-24 11:00', 'A.E', list('rights'), 'open continuous'],
  ])('%s (%s)', (_what, at, symbol, symbols, phase) => {
    expect(seen(at, symbol, noted(symbols))).toBe(phase);
  });

  it('opens for the evening of the same day', () => {
    expect(nextOpen('2026-11-24 18:30', 'F_X', noted(viop('-evening')))).toBe(
      '2026-11-24T16:00:00.000Z',
    );
  });
});

describe('orders of a session', () => {
  it('end with it: in the evening none of the day is left', () => {
    const since = (at: string) => {
      const found = session(noted(viop('-evening')), 'F_X', trt(at)).ordersSince;
      return found === undefined ? undefined : new Date(found).toISOString();
    };
    expect(since('2026-11-24 18:09')).toBe('2026-11-23T21:00:00.000Z');
    expect(since('2026-11-24 18:10')).toBe('2026-11-24T15:10:00.000Z');
    expect(since('2026-11-24 20:00')).toBe('2026-11-24T15:10:00.000Z');
  });

  it('trade at the closing price of the very day, or not at all', () => {
    const day = '2026-11-24' as Day;
    const calendar = noted({ 'A.E': { closingPrice: { day, price: '12.50' } } });
    const matching = (at: string, symbol: string) => session(calendar, symbol, trt(at)).matching;
    const price = (25n * whole(1)) / 2n;
    expect(matching('2026-11-24 18:08', 'A.E')).toEqual({ kind: 'closing-price', price });
    expect(matching('2026-11-25 18:08', 'A.E')).toEqual({ kind: 'closing-price' });
    expect(matching('2026-11-24 18:08', 'B.E')).toEqual({ kind: 'closing-price' });
    expect(matching('2026-11-24 18:02', 'A.E')).toEqual({ kind: 'rests' });
  });
});

const first = trt('2025-01-01 00:00');
const end = trt('2028-01-01 00:00');
const instants = fc.integer({ min: first, max: end - 1 }) as fc.Arbitrary<EpochMs>;
/** Every minute is a boundary of no phase or of one; between them nothing changes. */
const MINUTE_MS = 60_000;
const all = noted(Object.fromEntries(segmentNames.map((segment) => [segment, { segment }])));

describe('every instant of 2025 to 2027', () => {
  it('lies in one phase, and when that takes nothing, what comes next does and nothing sooner', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...segmentNames), (now, symbol) => {
        const found = session(all, symbol, now);
        if (found.kind === 'open' || found.nextOpen === undefined) {
          expect(found.kind === 'open' || now > trt('2027-12-31 18:00')).toBe(true);
          return;
        }
        const { nextOpen } = found;
        expect(nextOpen).toBeGreaterThan(now);
        expect(session(all, symbol, nextOpen).kind).toBe('open');
        expect(session(all, symbol, (nextOpen - 1) as EpochMs).kind).toBe('closed');
        for (let at = nextOpen - MINUTE_MS; at > now; at -= MINUTE_MS) {
          if (session(all, symbol, at as EpochMs).kind !== 'closed')
            throw new Error(`open at ${at}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is named the same at every millisecond of its minute', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...segmentNames), (now, symbol) => {
        const minute = (Math.floor(now / MINUTE_MS) * MINUTE_MS) as EpochMs;
        const { kind, phase } = session(all, symbol, now);
        expect(session(all, symbol, minute)).toMatchObject({ kind, phase });
      }),
    );
  });

  it('is on the day that the zone database says', () => {
    const zone = new Intl.DateTimeFormat('sv-SE', {
      ...{ timeZone: 'Europe/Istanbul', dateStyle: 'short', timeStyle: 'medium' },
    });
    fc.assert(
      fc.property(instants, (now) => {
        const seconds = Math.floor((now - midnight(dayOf(now))) / 1_000);
        const time = new Date(seconds * 1_000).toISOString().slice(11, 19);
        expect(zone.format(now)).toBe(`${dayOf(now)} ${time}`);
      }),
    );
  });
});

describe('the built-in calendar', () => {
  it('names weekdays of its own years only, none twice', () => {
    for (const [year, { closed, half }] of Object.entries(builtIn.years)) {
      const days = [...closed, ...half];
      expect(days.filter((day) => isWeekend(day) || !day.startsWith(year))).toEqual([]);
      expect(new Set(days).size).toBe(days.length);
      expect(days.filter((day) => dayOf(midnight(day)) !== day)).toEqual([]);
    }
  });

  it('has 31 December as a full day, and as many trading days as a year has', () => {
    const counted: Record<string, number> = {};
    for (let day = '2025-01-01' as Day; day < '2028-01-01'; day = nextDay(day)) {
      const kind = dayKind(builtIn, day);
      const name = `${day.slice(0, 4)} ${kind}`;
      counted[name] = (counted[name] ?? 0) + 1;
    }
    expect(dayKind(builtIn, '2026-12-31' as Day)).toBe('full');
    expect(counted).toEqual({
      ...{ '2025 closed': 114, '2025 half': 2, '2025 full': 249 },
      ...{ '2026 closed': 114, '2026 half': 3, '2026 full': 248 },
      ...{ '2027 closed': 115, '2027 half': 2, '2027 full': 248 },
    });
  });
});

function viop(more: '' | '-evening' = ''): Calendar['symbols'] {
  return { F_X: { segment: `viop${more}` } };
}

function list(segment: 'call-only' | 'watch-list' | 'warrant' | 'rights'): Calendar['symbols'] {
  return { 'A.E': { segment } };
}
