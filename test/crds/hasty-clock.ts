import { type Clock, systemClock } from '../../crds/clock.ts';

/** Waits this long or longer end only when the test lets time pass. */
const LONG_MS = 120_000;

/** Short waits take a millisecond and count in full; long ones wait for `pass`. */
export class HastyClock implements Clock {
  /** What was asked for, in order. */
  readonly waits: number[] = [];
  #skippedMs = 0;
  #long: { readonly dueAt: number; readonly wake: () => void }[] = [];

  wall = systemClock.wall;

  elapsed(): number {
    return systemClock.elapsed() + this.#skippedMs;
  }

  async after(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(ms);
    signal?.throwIfAborted();
    if (ms < LONG_MS) {
      await systemClock.after(1, signal);
      this.#skippedMs += ms;
      return;
    }
    await new Promise<void>((wake, cancel) => {
      this.#long.push({ dueAt: this.elapsed() + ms, wake });
      signal?.addEventListener('abort', () => cancel(signal.reason), { once: true });
    });
  }

  pass(ms: number): void {
    this.#skippedMs += ms;
    const now = this.elapsed();
    const due = this.#long.filter(({ dueAt }) => dueAt <= now);
    this.#long = this.#long.filter(({ dueAt }) => dueAt > now);
    for (const { wake } of due) wake();
  }
}
