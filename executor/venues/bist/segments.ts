import type { Calendar, SegmentName } from './calendar/calendar.ts';

/** Fund lines; `.E` and everything else is an equity unless the calendar notes otherwise. */
const FUND = /\.F[0-9]?$/;

/** Which market a symbol belongs to: by the calendar's note, else by its line, else shares. */
export function segmentOf(calendar: Pick<Calendar, 'symbols'>, symbol: string): SegmentName {
  const noted = calendar.symbols[symbol]?.segment;
  if (noted !== undefined) return noted;
  return FUND.test(symbol) ? 'etf' : 'equity';
}
