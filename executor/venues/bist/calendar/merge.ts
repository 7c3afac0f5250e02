import { type Day, isWeekend } from '../istanbul.ts';
import { type Calendar, type DayKind, dayKind, dayKinds, type Year } from './calendar.ts';

/** One day that two calendars see differently. */
export interface DayChange {
  readonly day: Day;
  readonly was: DayKind;
  readonly is: DayKind;
}

export type Merge =
  | {
      readonly kind: 'taken';
      readonly calendar: Calendar;
      /** Days the newer issue would open longer without saying so in `reopens`: left as they were. */
      readonly kept: readonly DayChange[];
    }
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Law 2429's days, closed in every year whose table is known; a new year that opens one of them
 * without saying so is a table with a hole.
 */
const FIXED_CLOSED = ['01-01', '04-23', '05-01', '05-19', '07-15', '08-30', '10-29'];
const FIXED_HALF = ['10-28'];

/**
 * What is in force once `offered` has come in. A newer issue's years replace ours, but a day stays as
 * strict as it was unless the issue names it in `reopens`; years it does not have stay. The same
 * version with another content, a correction whose number was forgotten, can only close. Pure.
 */
export function merge(inForce: Calendar, offered: Calendar): Merge {
  const { version } = offered;
  if (version < inForce.version) {
    const why = `version ${version} is older than ${inForce.version}, which is in force`;
    return { kind: 'refused', why };
  }
  const isNewer = version > inForce.version;
  const mayOpen = isNewer ? offered.reopens : [];
  const years: Record<string, Year> = { ...inForce.years };
  const kept: DayChange[] = [];
  for (const [name, year] of Object.entries(offered.years)) {
    const before = inForce.years[name];
    if (before === undefined && !isNewer) continue;
    const held = loosened(before ?? floor(name), year, name).filter(
      ({ day }) => !mayOpen.includes(day),
    );
    kept.push(...held);
    years[name] = withHeld(year, held);
  }
  if (!isNewer) {
    const calendar = { ...inForce, years };
    if (dayChanges(inForce, calendar).length === 0) return { kind: 'same' };
    return { kind: 'taken', calendar, kept };
  }
  // Remembered: they were opened on purpose, also before a built-in calendar that is older.
  const reopens = [...new Set([...inForce.reopens, ...offered.reopens])].sort();
  return { kind: 'taken', calendar: { ...offered, years, reopens }, kept };
}

/** Every day on which `to` differs from `from`, in order, in the years that both have. */
export function dayChanges(
  from: Pick<Calendar, 'years'>,
  to: Pick<Calendar, 'years'>,
): readonly DayChange[] {
  return namedDays(from, to).flatMap((day) => {
    const [was, is] = [dayKind(from, day), dayKind(to, day)];
    const isKnown = was !== 'unknown' && is !== 'unknown';
    return was === is || !isKnown ? [] : [{ day, was, is }];
  });
}

function loosened(before: Year, after: Year, name: string): readonly DayChange[] {
  const changes = dayChanges({ years: { [name]: before } }, { years: { [name]: after } });
  return changes.filter(({ was, is }) => dayKinds.indexOf(is) > dayKinds.indexOf(was));
}

function withHeld(year: Year, held: readonly DayChange[]): Year {
  const days = held.map(({ day }) => day);
  const rest = (list: readonly Day[]) => list.filter((day) => !days.includes(day));
  const was = (kind: DayKind) => held.filter((one) => one.was === kind).map(({ day }) => day);
  return {
    closed: [...rest(year.closed), ...was('closed')].sort(),
    half: [...rest(year.half), ...was('half')].sort(),
  };
}

function floor(year: string): Year {
  const weekdays = (days: readonly string[]) =>
    days.map((day) => `${year}-${day}` as Day).filter((day) => !isWeekend(day));
  return { closed: weekdays(FIXED_CLOSED), half: weekdays(FIXED_HALF) };
}

/** The days that are special in any of them. */
function namedDays(...calendars: readonly Pick<Calendar, 'years'>[]): readonly Day[] {
  const days = calendars.flatMap(({ years }) =>
    Object.values(years).flatMap(({ closed, half }) => [...closed, ...half]),
  );
  return [...new Set(days)].sort();
}
