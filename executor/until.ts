import type { Clock } from '../crds/clock.ts';

/** Waits for `work`, at the latest until `deadline` (monotonic ms). Whatever it ends with is its own affair. */
export async function by(clock: Clock, deadline: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  const late = clock.after(Math.max(0, deadline - clock.elapsed()), ended.signal);
  await Promise.race([work, late].map((one) => one.catch(() => undefined)));
  ended.abort(new Error('it has ended'));
}
