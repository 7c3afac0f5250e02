import { type Clock, systemClock } from '../../crds/clock.ts';

/**
 * Real time, made faster at will: timers and durations run `speed` times as fast, wall time as it is
 * (a venue compares it with its own). For whole programs, whose I/O no clock moved by hand waits for.
 */
export class TimeLapse implements Clock {
  #speed = 1;
  #since = systemClock.elapsed();
  #elapsed = 0;

  wall = systemClock.wall;

  elapsed(): number {
    return this.#elapsed + (systemClock.elapsed() - this.#since) * this.#speed;
  }

  /** Timers that were set before keep their pace. */
  after(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.after(ms / this.#speed, signal);
  }

  set speed(speed: number) {
    this.#elapsed = this.elapsed();
    this.#since = systemClock.elapsed();
    this.#speed = speed;
  }
}
