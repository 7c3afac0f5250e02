export interface BackoffPolicy {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** controller-runtime's item back-off, with a first step a person can live with. */
export const RETRY: BackoffPolicy = { firstMs: 50, maxMs: 60_000 };

/**
 * Milliseconds before retry number `failures` (1 is the first): doubles each time up to the cap,
 * then loses up to half to jitter so that many keys failing together do not return together.
 * @param random uniform in [0, 1)
 */
export function backoffMs(policy: BackoffPolicy, failures: number, random: number): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 30);
  const full = Math.min(policy.firstMs * 2 ** doublings, policy.maxMs);
  return full * (1 - random / 2);
}
