import { backoffMs } from '../../crds/kube/backoff.ts';

/** The venue takes 15 connects a minute from an address and blocks the rest; a third is for others. */
const CONNECTS_MAX = 10;
const SPAN_MS = 60_000;
/** A connection that stood this long was a good one: the next failure is the first again. */
export const GOOD_MS = 30_000;
/** The venue pings every 15 s: two went missing. */
const DEAF_MS = 40_000;

export interface Attempts {
  /** When the connects of the last minute began (monotonic ms), oldest first. */
  readonly began: readonly number[];
  /** Connections in a row that did not stand for long. */
  readonly failures: number;
}

export const noAttempts: Attempts = { began: [], failures: 0 };

/** Milliseconds to wait before the next connect, with jitter. `random` gives [0, 1). */
export function pauseMs({ began, failures }: Attempts, now: number, random: () => number): number {
  const own = backoffMs({ failures }, random);
  const oldest = began.at(-CONNECTS_MAX);
  return oldest === undefined ? own : Math.max(own, oldest + SPAN_MS - now);
}

export function begun({ began, failures }: Attempts, now: number): Attempts {
  return { began: [...began, now].slice(-CONNECTS_MAX), failures };
}

/** After a connection ended that stood for `stoodMs`; 0 when there never was one. */
export function ended(attempts: Attempts, stoodMs: number): Attempts {
  return { ...attempts, failures: stoodMs >= GOOD_MS ? 1 : attempts.failures + 1 };
}

export interface Heard {
  /** The newest frame of any kind, pings included; the opening until then. Monotonic ms. */
  readonly anyAt: number;
  /** The newest frame with data; undefined before the first, as with symbols that are not there. */
  readonly dataAt: number | undefined;
}

/** Whether a connection that stands has died: nothing at all, or data that has stopped. */
export function isDead({ anyAt, dataAt }: Heard, now: number, silentMs: number): boolean {
  return now - anyAt > DEAF_MS || (dataAt !== undefined && now - dataAt > silentMs);
}
