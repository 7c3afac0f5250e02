import { type Clock, type EpochMs, systemClock } from '../../crds/clock.ts';

/** Real time passing, at another hour: the wall clock is set like a watch. */
export class ShiftedClock implements Clock {
  #shiftMs = 0;

  constructor(wall: string) {
    this.set(wall);
  }

  /** The wall clock jumps to this instant (RFC 3339) and runs on. */
  set(wall: string): void {
    this.#shiftMs = Date.parse(wall) - systemClock.wall();
  }

  /** How far it is off the real one, ms. */
  get shiftMs(): number {
    return this.#shiftMs;
  }

  wall(): EpochMs {
    return (systemClock.wall() + this.#shiftMs) as EpochMs;
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  after(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.after(ms, signal);
  }
}
