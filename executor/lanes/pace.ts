import type { Clock } from '../../crds/clock.ts';

/**
 * At most `count` calls in any `spanMs`, first come first served. The venue counts fixed windows
 * that begin with the first call, so a sliding window of the same size always fits.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #count: number;
  readonly #spanMs: number;
  readonly #taken: number[] = [];
  #line: Promise<void> = Promise.resolve();

  constructor(clock: Clock, rule: { readonly count: number; readonly spanMs: number }) {
    this.#clock = clock;
    this.#count = rule.count;
    this.#spanMs = rule.spanMs;
  }

  /** Resolves when the next call may leave. */
  take(): Promise<void> {
    this.#line = this.#line.then(() => this.#wait());
    return this.#line;
  }

  async #wait(): Promise<void> {
    const clock = this.#clock;
    const oldest = this.#taken.length < this.#count ? undefined : this.#taken.shift();
    if (oldest !== undefined) {
      const waitMs = oldest + this.#spanMs - clock.elapsed();
      if (waitMs > 0) await clock.after(waitMs);
    }
    this.#taken.push(clock.elapsed());
  }
}
