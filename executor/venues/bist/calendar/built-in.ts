import type { Day } from '../istanbul.ts';
import type { Calendar, Year } from './calendar.ts';

const year = (year: number, days: { readonly closed: string; readonly half: string }): Year => {
  const dated = (list: string) => list.split(' ').map((day) => `${year}-${day}` as Day);
  return { closed: dated(days.closed), half: dated(days.half) };
};

/**
 * Weekdays only; weekends are closed without being named. 31 December is a full day, and leave that
 * the government gives its servants around feasts does not close the exchange.
 */
export const builtIn: Calendar = {
  version: 2026_11_22_01,
  source:
    "PyPI holidays 0.109 (XIST, citing the exchange's schedules), cross-checked with press tables of 2025 and 2026",
  years: {
    2025: year(2025, {
      closed: '01-01 03-31 04-01 04-23 05-01 05-19 06-06 06-09 07-15 10-29',
      half: '06-05 10-28',
    }),
    2026: year(2026, {
      closed: '01-01 03-20 04-23 05-01 05-19 05-27 05-28 05-29 07-15 10-29',
      half: '03-19 05-26 10-28',
    }),
    2027: year(2027, {
      closed: '01-01 03-09 03-10 03-11 04-23 05-17 05-18 05-19 07-15 08-30 10-29',
      half: '03-08 10-28',
    }),
  },
  reopens: [],
  symbols: {},
};
