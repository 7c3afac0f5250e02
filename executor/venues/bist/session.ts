import type { EpochMs } from '../../../crds/clock.ts';
import type { Matching, Session } from '../../market/session.ts';
import { type Amount, parseAmount } from '../../order/amount.ts';
import { type Calendar, type DatedPrice, dayKind } from './calendar/calendar.ts';
import { type Day, dayOf, midnight, nextDay } from './istanbul.ts';
import { segmentOf } from './segments.ts';
import { type Phase, type Span, timetables } from './timetable.ts';

const MINUTE_MS = 60_000;
/** No feast is half as long: beyond this the calendar simply ends. */
const SEARCHED_DAYS = 31;

/** A symbol's market at `now`: intervals are half-open, so 18:10:00.000 is closed. Pure. */
export function session(calendar: Calendar, symbol: string, now: EpochMs): Session {
  const day = dayOf(now);
  // Not since this span began: an order may have been received a moment before it was admitted.
  let ordersSince = midnight(day);
  for (const span of spans(calendar, symbol, day)) {
    const phase = span.find(({ from, to }) => now >= at(day, from) && now < at(day, to));
    if (phase === undefined) {
      ordersSince = at(day, span.at(-1)?.to ?? 0);
      continue;
    }
    const { name, takesOrders } = phase;
    const matching = matchingOf(phase, calendar.symbols[symbol]?.closingPrice, day);
    const moment = { phase: name, matching, ordersSince };
    if (takesOrders) return { kind: 'open', ...moment };
    return { kind: 'closed', ...moment, nextOpen: nextOpen(calendar, symbol, now) };
  }
  return {
    kind: 'closed',
    phase: dayKind(calendar, day) === 'unknown' ? 'no-calendar' : 'closed',
    matching: { kind: 'rests' },
    ordersSince: now,
    nextOpen: nextOpen(calendar, symbol, now),
  };
}

/** The first instant after `now` at which a phase begins that takes orders. */
function nextOpen(calendar: Calendar, symbol: string, now: EpochMs): EpochMs | undefined {
  let day = dayOf(now);
  for (let count = 0; count < SEARCHED_DAYS; count += 1) {
    for (const { from, takesOrders } of spans(calendar, symbol, day).flat()) {
      if (takesOrders && at(day, from) > now) return at(day, from);
    }
    day = nextDay(day);
  }
  return undefined;
}

function spans(calendar: Calendar, symbol: string, day: Day): readonly Span[] {
  const kind = dayKind(calendar, day);
  if (kind === 'unknown' || kind === 'closed') return [];
  return timetables[segmentOf(calendar, symbol)][kind];
}

const at = (day: Day, minute: number): EpochMs => (midnight(day) + minute * MINUTE_MS) as EpochMs;

function matchingOf(
  { matching: kind }: Phase,
  closing: DatedPrice | undefined,
  day: Day,
): Matching {
  return kind === 'closing-price' ? { kind, price: priceOn(closing, day) } : { kind };
}

/** A price that is noted for this very day. */
export function priceOn(noted: DatedPrice | undefined, day: Day): Amount | undefined {
  return noted?.day === day ? parseAmount(noted.price) : undefined;
}
