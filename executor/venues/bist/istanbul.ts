import type { EpochMs } from '../../../crds/clock.ts';

/** A calendar day in Istanbul, `2026-11-24`. */
export type Day = string & { readonly __brand: 'Day' };

/**
 * Europe/Istanbul is UTC+3 all year since 2016 (no DST), and no day before 2025 is in any calendar
 * here, so the constant is exact. A test holds it against the zone database.
 */
const OFFSET_MS = 3 * 3_600_000;
export const DAY_MS = 86_400_000;

export const dayOf = (at: EpochMs): Day =>
  new Date(at + OFFSET_MS).toISOString().slice(0, 10) as Day;

/** The instant a day begins. */
export const midnight = (day: Day): EpochMs =>
  (Date.parse(`${day}T00:00:00Z`) - OFFSET_MS) as EpochMs;

export const nextDay = (day: Day): Day => dayOf((midnight(day) + DAY_MS) as EpochMs);

export function isWeekend(day: Day): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6;
}

export const yearOf = (day: Day): string => day.slice(0, 4);
