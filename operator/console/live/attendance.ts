import type { Clock } from '../../../crds/clock.ts';

/** Who changes pages, or reloads one, finds it running; nobody pays for a console that nobody opens. */
const LINGER_MS = 10 * 60_000;

export interface AttendanceOptions {
  readonly clock: Clock;
  /** The first viewer has come; again while it still runs is nothing new. */
  readonly start: () => void;
  /** The last one left a while ago. */
  readonly stop: () => void;
}

/** Keeps something running while somebody looks, and a while after. */
export class Attendance {
  readonly #options: AttendanceOptions;
  #viewers = 0;
  #leaving: AbortController | undefined;

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  came(): void {
    this.#viewers += 1;
    this.#leaving?.abort();
    this.#leaving = undefined;
    this.#options.start();
  }

  left(): void {
    this.#viewers -= 1;
    if (this.#viewers > 0) return;
    const leaving = new AbortController();
    this.#leaving = leaving;
    this.#options.clock.after(LINGER_MS, leaving.signal).then(
      () => this.#options.stop(),
      () => undefined, // somebody came back
    );
  }

  /** No more waiting for anybody. */
  close(): void {
    this.#leaving?.abort();
  }
}
