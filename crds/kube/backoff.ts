/** A kill should not wait on us: the first retry is quick, a broken API server is left in peace. */
const FIRST_MS = 200;
const LONGEST_MS = 15_000;
/** Enough to spread a fleet whose watches all broke at the same moment. */
const SPREAD_MS = 100;
/** A server may ask for any pause; beyond this we would rather ask again. */
const RETRY_AFTER_MS_MAX = 60_000;

export interface Failure {
  /** Attempts that failed in a row, this one included; 0 when it had worked for a good while. */
  readonly failures: number;
  readonly retryAfterMs?: number | undefined;
}

/**
 * Milliseconds to wait before the next attempt: doubling to 15 s with jitter, never less than the
 * server asked for. `random` gives [0, 1).
 */
export function backoffMs({ failures, retryAfterMs = 0 }: Failure, random: () => number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), LONGEST_MS);
  const own = failures === 0 ? SPREAD_MS * random() : ceiling * (0.5 + random() / 2);
  const asked = Math.min(retryAfterMs, RETRY_AFTER_MS_MAX);
  return asked === 0 ? own : Math.max(own, asked + SPREAD_MS * random());
}
