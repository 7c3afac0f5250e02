import { describe, expect, it } from 'vitest';
import {
  barsOf,
  histogram,
  notAckedTone,
  trendWords,
} from '../../../../operator/console/page/executor/audit-view.ts';
import {
  burnTone,
  burnWords,
  placeOf,
} from '../../../../operator/console/page/executor/burn-view.ts';
import { ahead, hoursOf } from '../../../../operator/console/page/executor/calendar-view.ts';
import type { Audit } from '../../../../operator/console/wire/executor.ts';

const slice = (orders: number, errors: number) => ({ from: '', orders, errors, errorRate: 0 });

describe('the audit', () => {
  it('takes buckets apart that are cumulative on the wire', () => {
    const bars = histogram([
      { le: 0.5, orders: 60 },
      { le: 1, orders: 95 },
      { le: '+Inf', orders: 100 },
    ]);
    expect(bars).toEqual([
      { label: '≤ 500 ms', orders: 60, share: 0.6 },
      { label: '≤ 1 s', orders: 35, share: 0.35 },
      { label: 'over 1 s', orders: 5, share: 0.05 },
    ]);
    expect(histogram([])).toEqual([]);
  });

  it('lists what happened, the most frequent first, and not what never did', () => {
    expect(barsOf({ a: 1, none: 0, b: 3 }).map(({ label, share }) => [label, share])).toEqual([
      ['b', 0.75],
      ['a', 0.25],
    ]);
  });

  it.each([
    [0, 0, 'quiet'],
    [100, 0.0099, 'good'],
    [100, 0.01, 'critical'],
  ])('of %s orders and a share not acknowledged of %s is %s', (orders, shareNotAcked, tone) => {
    expect(notAckedTone({ orders, shareNotAcked } as Audit)).toBe(tone);
  });

  it.each([
    [[slice(100, 1), slice(100, 4)], 'rising'],
    [[slice(100, 4), slice(100, 1)], 'falling'],
    [[slice(100, 4), slice(100, 4)], 'steady'],
    [[slice(100, 0), slice(100, 0)], 'no errors throughout'],
    [[slice(0, 0), slice(100, 0)], 'too few orders to tell a trend'],
    [[], 'too few orders to tell a trend'],
  ])('tells a trend of %o: %s', (trend, words) => {
    expect(trendWords(trend)).toBe(words);
  });
});

describe('a burn rate', () => {
  it('has its threshold in the middle of its bar, whatever the window', () => {
    expect([placeOf(14.4, 14.4), placeOf(1, 1), placeOf(99, 1), placeOf(null, 1)]).toEqual([
      0.5, 0.5, 1, 0,
    ]);
  });

  it('says which half of the condition holds', () => {
    const window = { longMs: 1, shortMs: 1, threshold: 6, firing: false };
    expect(burnWords({ ...window, long: 7, short: 7, firing: true })).toBe('Firing');
    expect(burnWords({ ...window, long: 7, short: 1 })).toMatch(/easing/);
    expect(burnWords({ ...window, long: 1, short: 7 })).toMatch(/rising/);
    expect(burnTone({ ...window, long: 1, short: 7 })).toBe('warning');
    expect(burnWords({ ...window, long: 6, short: 6 })).toBe('Under');
    expect(burnWords({ ...window, long: null, short: null })).toBe('No orders');
  });
});

describe('the calendar', () => {
  const day = (date: string, from?: string, to?: string) => ({
    ...{ date, kind: 'full' as const, name: null },
    phases: from === undefined || to === undefined ? [] : [{ phase: 'continuous', from, to }],
  });

  it('shows from today on', () => {
    const days = [day('2026-11-24'), day('2026-11-25'), day('2026-11-26')];
    const calendar = {
      ...{ at: '', kind: 'sessions' as const, source: null, version: null, endsOn: null },
      days,
    };
    expect(ahead(calendar, '2026-11-25').map(({ date }) => date)).toEqual([
      '2026-11-25',
      '2026-11-26',
    ]);
  });

  it('shows hours of the exchange, and closed without any', () => {
    expect(hoursOf(day('2026-11-25', '09:40', '18:10'))).toBe('09:40–18:10');
    expect(hoursOf(day('2026-11-25', '2026-11-25T06:40:00Z', '2026-11-25T15:10:00Z'))).toBe(
      '09:40–18:10',
    );
    expect(hoursOf(day('2026-11-25'))).toBe('closed');
  });
});
