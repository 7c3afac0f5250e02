import type { Clock } from '../crds/clock.ts';

/**
 * Waits for `work`, at the latest until `deadline` (monotonic ms) or until aborted. Whatever it ends
 * with is its own affair.
 */
export async function by(
  clock: Clock,
  deadline: number,
  work: Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const either = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  const late = clock.after(Math.max(0, deadline - clock.elapsed()), either);
  await Promise.race([work, late].map((one) => one.catch(() => undefined)));
  ended.abort(new Error('it has ended'));
}
