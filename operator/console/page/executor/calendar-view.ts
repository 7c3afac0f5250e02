import type { SessionCalendar } from '../../wire/executor.ts';

type Day = SessionCalendar['days'][number];

const AHEAD_DAYS = 14;

/** The days from `today` (yyyy-mm-dd) on; fewer when the calendar ends before. */
export const ahead = (calendar: SessionCalendar, today: string): readonly Day[] =>
  calendar.days.filter(({ date }) => date >= today).slice(0, AHEAD_DAYS);

/** `09:40–18:10`, `closed` */
export function hoursOf({ phases }: Day): string {
  const [first, last] = [phases[0], phases.at(-1)];
  return first === undefined || last === undefined
    ? 'closed'
    : `${hour(first.from)}–${hour(last.to)}`;
}

/** Each phase with its hours, a line each. */
export const phaseWords = ({ phases }: Day): string =>
  phases.map(({ phase, from, to }) => `${phase} ${hour(from)}–${hour(to)}`).join('\n');

/** Of an instant in the exchange's zone; an hour of the day stays as it is. */
function hour(text: string): string {
  if (!/^\d{4}-/.test(text)) return text.slice(0, 5);
  const at = new Date(text);
  return at.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'Europe/Istanbul',
  });
}
