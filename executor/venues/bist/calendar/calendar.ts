import { type Day, isWeekend, yearOf } from '../istanbul.ts';

/** What is special about one year; every other weekday is a full one. */
export interface Year {
  readonly closed: readonly Day[];
  /** The session ends at 12:40. */
  readonly half: readonly Day[];
}

/** A price that holds on one day only. */
export interface DatedPrice {
  readonly day: Day;
  /** Decimal text, TRY. */
  readonly price: string;
}

/** What the exchange's lists say of one symbol; each part may be missing. */
export interface SymbolNote {
  readonly segment?: SegmentName | undefined;
  /** Where the segment has no tick table of its own. */
  readonly tick?: string | undefined;
  /** The price the day's band is around: the previous close, adjusted. */
  readonly basePrice?: DatedPrice | undefined;
  readonly closingPrice?: DatedPrice | undefined;
}

/** Markets with hours or price rules of their own. */
export const segmentNames = [
  'equity',
  'etf',
  'rights',
  'warrant',
  'watch-list',
  'call-only',
  'viop',
  'viop-evening',
] as const;
export type SegmentName = (typeof segmentNames)[number];

/** The exchange's days, and what is noted of its symbols. */
export interface Calendar {
  /** Grows with each issue; by custom yyyymmddnn, as a DNS zone's serial. */
  readonly version: number;
  /** Where it was taken from. */
  readonly source: string;
  /** By year; one that is missing is not known, so all its days are closed. */
  readonly years: Readonly<Record<string, Year>>;
  /** Days that this issue means to open longer than an earlier one did. */
  readonly reopens: readonly Day[];
  readonly symbols: Readonly<Record<string, SymbolNote>>;
}

/** From strictest to loosest. `unknown`: the calendar has no such year. */
export const dayKinds = ['unknown', 'closed', 'half', 'full'] as const;
export type DayKind = (typeof dayKinds)[number];

/** What kind of day it is. An unknown one counts as closed. */
export function dayKind(calendar: Pick<Calendar, 'years'>, day: Day): DayKind {
  const year = calendar.years[yearOf(day)];
  if (year === undefined) return 'unknown';
  if (isWeekend(day) || year.closed.includes(day)) return 'closed';
  return year.half.includes(day) ? 'half' : 'full';
}

/** The first day, of this year or a later one, of a year that the calendar does not have. */
export function endOf({ years }: Pick<Calendar, 'years'>, today: Day): Day {
  let year = Number(yearOf(today));
  while (years[year] !== undefined) year += 1;
  return `${year}-01-01` as Day;
}
