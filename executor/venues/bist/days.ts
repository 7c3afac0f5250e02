import type { EpochMs } from '../../../crds/clock.ts';
import { type Calendar, dayKind } from './calendar/calendar.ts';
import { type Day, isWeekend, midnight, nextDay } from './istanbul.ts';
import { timetables } from './timetable.ts';

/** One day of the exchange, as its shares trade. */
export interface TradingDay {
  readonly date: Day;
  readonly kind: 'full' | 'half' | 'holiday' | 'weekend';
  /** RFC 3339, UTC, half-open; empty while it is closed. */
  readonly phases: readonly {
    readonly phase: string;
    readonly from: string;
    readonly to: string;
  }[];
}

/** The days from `first` on, as far as the calendar knows them. Pure. */
export function tradingDays(
  calendar: Pick<Calendar, 'years'>,
  first: Day,
  count: number,
): readonly TradingDay[] {
  const days: TradingDay[] = [];
  for (let day = first; days.length < count; day = nextDay(day)) {
    const kind = dayKind(calendar, day);
    if (kind === 'unknown') break;
    if (kind === 'closed') {
      days.push({ date: day, kind: isWeekend(day) ? 'weekend' : 'holiday', phases: [] });
      continue;
    }
    const phases = timetables.equity[kind].flat().map(({ name, from, to }) => ({
      phase: name,
      from: at(day, from),
      to: at(day, to),
    }));
    days.push({ date: day, kind, phases });
  }
  return days;
}

const MINUTE_MS = 60_000;
const at = (day: Day, minute: number): string =>
  new Date((midnight(day) + minute * MINUTE_MS) as EpochMs).toISOString();
