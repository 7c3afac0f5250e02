import type { EpochMs } from '../../crds/clock.ts';

/** RFC 3339 in UTC with milliseconds, as status, incidents and evidence carry instants. */
export const instant = (at: EpochMs): string => new Date(at).toISOString();

/** Milliseconds of an RFC 3339 text; undefined when it is none. */
export function epochMs(text: string | undefined): EpochMs | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : (ms as EpochMs);
}

/** Milliseconds of a text the API server has validated as date-time; throws on any other. */
export function instantMs(text: string): EpochMs {
  const ms = epochMs(text);
  if (ms === undefined) throw new Error(`"${text}" is not an RFC 3339 instant`);
  return ms;
}

/** A duration as a sentence carries it: 45 s, 10 min, 1 h 30 min. */
export function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}
