import type { Clock } from '../../crds/clock.ts';

/**
 * At most `count` calls in any `spanMs`, as the venue sees them: a call holds its place from before
 * it leaves until `spanMs` after it was answered, so however the network squeezes them together no
 * more arrive. First come first served.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #count: number;
  readonly #spanMs: number;
  /** When each free place may be taken again, earliest first. */
  readonly #free: number[];
  #line: Promise<void> = Promise.resolve();
  #freed = Promise.withResolvers<void>();

  constructor(clock: Clock, rule: { readonly count: number; readonly spanMs: number }) {
    this.#clock = clock;
    this.#count = rule.count;
    this.#spanMs = rule.spanMs;
    this.#free = Array.from({ length: this.#count }, () => Number.NEGATIVE_INFINITY);
  }

  /** Runs one call when its turn has come. One that never left gives its place to the next at once. */
  async run<T>(call: () => Promise<T>, hasLeft: (reply: T) => boolean = () => true): Promise<T> {
    const turn = this.#line.then(() => this.#take());
    this.#line = turn;
    await turn;
    let isSpent = true;
    try {
      const reply = await call();
      isSpent = hasLeft(reply);
      return reply;
    } finally {
      const now = this.#clock.elapsed();
      if (isSpent) this.#free.push(now + this.#spanMs);
      else this.#free.unshift(now);
      this.#freed.resolve();
    }
  }

  async #take(): Promise<void> {
    while (this.#free.length === 0) {
      await this.#freed.promise;
      this.#freed = Promise.withResolvers<void>();
    }
    const at = this.#free.shift() ?? 0;
    const waitMs = at - this.#clock.elapsed();
    if (waitMs > 0) await this.#clock.after(waitMs);
  }
}
