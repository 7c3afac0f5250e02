import { describe, expect, it } from 'vitest';
import { between, clockTime, dayName } from '../../../../operator/console/page/words/instant.ts';
import {
  age,
  bytes,
  count,
  counted,
  duration,
  percent,
  times,
} from '../../../../operator/console/page/words/numbers.ts';

describe('numbers in words', () => {
  it.each([
    [null, '–'],
    [0, '0 ms'],
    [0.4, '<1 ms'],
    [12.4, '12 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [1_840, '1.84 s'],
    [9_996, '10 s'],
    [59_600, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [259_200_000, '3 d'],
    [-12, '−12 ms'],
  ])('a duration of %s ms is %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it.each([
    [null, '–'],
    [0, '0 %'],
    [0.00004, '<0.01 %'],
    [0.0049, '0.49 %'],
    [0.05, '5.0 %'],
    [0.12, '12 %'],
    [0.9995, '99.95 %'],
    [0.995, '99.50 %'],
    [0.999999, '99.99 %'],
    [1, '100 %'],
    [-0.213, '−21 %'],
  ])('a share of %s is %s', (share, words) => {
    expect(percent(share)).toBe(words);
  });

  it('never shows what is not known as 0', () => {
    for (const words of [duration, percent, count, times, age]) {
      expect(words(null)).toBe('–');
      expect(words(Number.NaN)).toBe('–');
    }
  });

  it('ticks in whole seconds and never backwards past 0', () => {
    expect([age(-40), age(999), age(9_999), age(61_500)]).toEqual([
      '0 s',
      '0 s',
      '9 s',
      '1 min 1 s',
    ]);
  });

  it('groups digits, counts in singular and sizes files', () => {
    expect(count(1_234_567)).toBe('1\u202f234\u202f567');
    expect([counted(1, 'executor'), counted(2, 'executor')]).toEqual(['1 executor', '2 executors']);
    expect([bytes(812), bytes(14_200), bytes(3_100_000)]).toEqual(['812 B', '14.2 kB', '3.1 MB']);
    expect([times(14.4), times(0.41), times(140)]).toEqual(['14.4×', '0.41×', '140×']);
  });
});

describe('instants in words', () => {
  const now = Date.parse('2026-11-25T15:00:00Z');
  const zone = { now, timeZone: 'Europe/Istanbul' };

  it('shows the time of day where the reader is, and the date of another day', () => {
    expect(clockTime('2026-11-25T12:50:12.034Z', zone)).toBe('15:50:12');
    expect(clockTime('2026-11-25T12:50:12.034Z', { ...zone, precise: true })).toBe('15:50:12.034');
    expect(clockTime('2026-11-20T12:50:12Z', zone)).toBe('20 Nov, 15:50:12');
    expect(clockTime('2024-11-20T12:50:12Z', zone)).toBe('20 Nov 2024, 15:50:12');
  });

  it('says nothing of what is no instant', () => {
    expect([clockTime(null, zone), clockTime('soon', zone)]).toEqual(['–', '–']);
    expect(between('soon', '2026-11-25T12:50:12Z')).toBeNull();
    expect(dayName('someday')).toBe('someday');
  });

  it('measures from one to another', () => {
    expect(between('2026-11-25T12:50:12.000Z', '2026-11-25T12:50:12.012Z')).toBe(12);
    expect(dayName('2026-11-25')).toBe('Wed 25 Nov');
  });
});
