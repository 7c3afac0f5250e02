import type { Clock } from '../../../crds/clock.ts';

/**
 * Does something again and again while it is started. `turn` returns how long to wait before the next
 * one, counted from the beginning of this one, and must not write anything once its signal is aborted.
 */
export class Rounds {
  readonly #clock: Clock;
  readonly #turn: (signal: AbortSignal) => Promise<number>;
  #running: { readonly stopping: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(clock: Clock, turn: (signal: AbortSignal) => Promise<number>) {
    this.#clock = clock;
    this.#turn = turn;
  }

  start(): void {
    if (this.#running !== undefined) return;
    const stopping = new AbortController();
    this.#running = { stopping, ended: this.#run(stopping.signal) };
  }

  /** May be started again at once; resolves when the last turn has ended. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.stopping.abort(new Error('nobody looks any more'));
    await running?.ended;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = this.#clock.elapsed();
      const everyMs = await this.#turn(signal);
      const left = Math.max(LEAST_MS, everyMs - (this.#clock.elapsed() - began));
      await this.#clock.after(left, signal).catch(() => undefined); // stopped
    }
  }
}

/** A turn that takes longer than its interval leaves a pause all the same. */
const LEAST_MS = 1_000;
