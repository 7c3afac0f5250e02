import type { Clock, EpochMs } from '../../crds/clock.ts';

interface Waiting {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that moves by hand. */
export class ManualClock implements Clock {
  #elapsed = 0;
  #waiting: Waiting[] = [];
  readonly #epoch: number;

  constructor(epoch = 1_767_225_600_000) {
    this.#epoch = epoch;
  }

  wall(): EpochMs {
    return (this.#epoch + this.#elapsed) as EpochMs;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const waiting = { at: this.#elapsed + ms, wake: resolve };
      this.#waiting.push(waiting);
      const cancel = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Moves on and lets everything due, and what follows from it, run. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#waiting = this.#waiting.filter((one) => one !== next);
      next.wake();
      await settle();
    }
    this.#elapsed = until;
    await settle();
  }

  #next(until: number): Waiting | undefined {
    return this.#waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets everything that is ready run. */
export const settle = (): Promise<void> => new Promise((done) => setImmediate(done));
