import { BEAT_MS, type Told } from '../../wire/overview.ts';

/** A beat may be as late as this on a busy network before the page says that it is cut off. */
const JITTER_MS = 1_500;

/**
 * How old what is shown is, without trusting that this machine's clock agrees with the server's.
 * Every message says when the server knew it; the one that came with the least delay tells best how
 * the server's clock relates to our monotonic one. A server that is blind says for how long: without
 * that, what it last knew would look new to whoever has just connected.
 */
export interface Sight {
  /** Server's wall clock minus our monotonic one, the most that was seen. */
  readonly offsetMs: number;
  /** When the server knew what is shown, its wall clock. */
  readonly knownAtMs: number;
}

/** What a message, received at monotonic `elapsedMs`, makes of it. */
export function sighted(
  before: Sight | null,
  { at, blindMs = 0 }: Told,
  elapsedMs: number,
): Sight | null {
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) return before;
  const offsetMs = Math.max(
    before?.offsetMs ?? Number.NEGATIVE_INFINITY,
    atMs + blindMs - elapsedMs,
  );
  return { offsetMs, knownAtMs: Math.max(before?.knownAtMs ?? atMs, atMs) };
}

/** Age of what is shown, ms; null while nothing is. */
export const ageMs = (sight: Sight | null, elapsedMs: number): number | null =>
  sight === null ? null : Math.max(0, elapsedMs + sight.offsetMs - sight.knownAtMs);

/** The server's wall clock as well as we can tell; for countdowns and ages of instants it names. */
export const serverNowMs = (sight: Sight | null, elapsedMs: number): number | null =>
  sight === null ? null : elapsedMs + sight.offsetMs;

/** Whether numbers of this age may still pass for the present. */
export const isFresh = (age: number | null): boolean => age !== null && age <= BEAT_MS + JITTER_MS;
