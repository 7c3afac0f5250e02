import { backoffMs } from '../../crds/kube/backoff.ts';

/** The venue takes 15 connects a minute from an address and blocks the rest; a third is for others. */
const CONNECTS_MAX = 10;
const SPAN_MS = 60_000;
/** A connection that stood this long was a good one: the next failure is the first again. */
const GOOD_MS = 30_000;
/** The venue pings every 15 s: two went missing. */
const DEAF_MS = 40_000;
/** Beyond the deadlines of connect and handshake. */
const OPENING_MS = 25_000;

export interface Attempts {
  /** When the connects of the last minute began (monotonic ms), oldest first. */
  readonly began: readonly number[];
  /** Connections in a row that did not stand for long. */
  readonly failures: number;
  /** What the venue asked for when it refused the last one. */
  readonly retryAfterMs?: number | undefined;
}

export const noAttempts: Attempts = { began: [], failures: 0 };

/** Milliseconds to wait before the next connect, with jitter. `random` gives [0, 1). */
export function pauseMs(attempts: Attempts, now: number, random: () => number): number {
  const { began } = attempts;
  const own = backoffMs(attempts, random);
  const oldest = began.at(-CONNECTS_MAX);
  return oldest === undefined ? own : Math.max(own, oldest + SPAN_MS - now);
}

export function begun(attempts: Attempts, now: number): Attempts {
  return { ...attempts, began: [...attempts.began, now].slice(-CONNECTS_MAX) };
}

/** After a connection ended that stood for `stoodMs`; 0 when there never was one. */
export function ended(
  { began, failures }: Attempts,
  {
    stoodMs,
    retryAfterMs,
  }: { readonly stoodMs: number; readonly retryAfterMs: number | undefined },
): Attempts {
  return { began, failures: stoodMs >= GOOD_MS ? 1 : failures + 1, retryAfterMs };
}

/** What came over a connection, in monotonic ms; undefined: nothing of the kind yet. */
export interface Heard {
  readonly beganAt: number;
  readonly openedAt: number | undefined;
  /** The newest frame of any kind, pings and greetings included. */
  readonly anyAt: number | undefined;
  /** The newest frame with data. Symbols that are not there bring none, on a connection that lives. */
  readonly dataAt: number | undefined;
}

/** Whether a connection has died without a word: it does not open, or it is silent. */
export function isDead({ beganAt, openedAt, anyAt, dataAt }: Heard, now: number, silentMs: number) {
  if (openedAt === undefined) return now - beganAt > OPENING_MS;
  if (anyAt === undefined) return now - openedAt > silentMs; // the venue greets at once
  return now - anyAt > DEAF_MS || (dataAt !== undefined && now - dataAt > silentMs);
}
