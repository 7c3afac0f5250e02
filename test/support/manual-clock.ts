import type { Clock, EpochMs } from '../../crds/clock.ts';

interface Waiter {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that moves by hand: `advance` wakes what is due, in order. */
export class ManualClock implements Clock {
  #elapsed = 0;
  #waiting: Waiter[] = [];
  readonly #epoch: number;

  constructor(epoch = Date.parse('2026-11-23T03:00:00Z')) {
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
      const waiter = { at: this.#elapsed + ms, wake: resolve };
      this.#waiting.push(waiter);
      signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        reject(signal.reason);
      });
    });
  }

  /** Moves time and lets everything that was due run, what it makes due included. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      await settle();
      const [next] = this.#waiting.filter((one) => one.at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#waiting = this.#waiting.filter((one) => one !== next);
      next.wake();
    }
    this.#elapsed = end;
    await settle();
  }
}

/** Lets every promise that can go on without time or I/O do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
