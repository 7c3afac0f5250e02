import { UNKNOWN } from './numbers.ts';

const DAY_MS = 86_400_000;

/** RFC 3339 as milliseconds; null when it is none. */
export function epochOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** Milliseconds from one instant to another; null while one of them is not known. */
export function between(from: string | null | undefined, to: string | null | undefined) {
  const [a, b] = [epochOf(from), epochOf(to)];
  return a === null || b === null ? null : b - a;
}

export interface Zone {
  readonly now: number;
  /** IANA name; absent: the browser's own. */
  readonly timeZone?: string;
  /** With milliseconds. */
  readonly precise?: boolean;
}

/** The time of day where the reader is; with its date when it is not of the last 20 hours. */
export function clockTime(
  text: string | null | undefined,
  { now, timeZone, precise }: Zone,
): string {
  const ms = epochOf(text);
  if (ms === null) return UNKNOWN;
  const options = { hour12: false, ...(timeZone === undefined ? {} : { timeZone }) } as const;
  const date = new Date(ms);
  const time = date.toLocaleTimeString('en-GB', {
    ...options,
    ...(precise === true ? { fractionalSecondDigits: 3 } : {}),
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  if (Math.abs(now - ms) < (DAY_MS * 20) / 24) return time;
  const day = date.toLocaleDateString('en-GB', {
    ...options,
    day: 'numeric',
    month: 'short',
    ...(Math.abs(now - ms) > 300 * DAY_MS ? { year: 'numeric' } : {}),
  });
  return `${day}, ${time}`;
}

/** `Wed 25 Nov` of a date without a time. */
export function dayName(date: string): string {
  const ms = epochOf(`${date}T12:00:00Z`);
  if (ms === null) return date;
  return new Date(ms)
    .toLocaleDateString('en-GB', {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      timeZone: 'UTC',
    })
    .replace(',', '');
}
