/** Times of promise 6 that both programs count with: executors keep to them, the operator waits them out. */

/** A credential's Lease that was not renewed for this long is over. */
export const CREDENTIAL_LEASE_MS = 40_000;
/** How far off its own time, either way, the venue lets a stamp be. */
export const STAMP_WINDOW_MS = 5_000;
