import type { Clock } from '../../crds/clock.ts';
import type { CancelReply } from '../venues/venue.ts';
import { Pace } from './pace.ts';

/** The venue takes 10 cancels a second and 300 a minute from one address; some are left for people. */
const SECOND = { count: 9, spanMs: 1_000 } as const;
const MINUTE = { count: 290, spanMs: 60_000 } as const;
const BACK_OFF_MS = 250;
const BACK_OFF_MAX_MS = 2_000;

/**
 * The one line to the venue for cancels: one at a time, since they share a connection and one that
 * waits there would run into its deadline; within the venue's budget; and slower after each answer
 * that says nothing about its order, until one does.
 */
export class CancelLane {
  readonly #clock: Clock;
  readonly #second: Pace;
  readonly #minute: Pace;
  #line: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#second = new Pace(clock, SECOND);
    this.#minute = new Pace(clock, MINUTE);
  }

  /** First come first served. */
  run(call: () => Promise<CancelReply>): Promise<CancelReply> {
    const turn = this.#line.then(() => this.#take(call));
    this.#line = turn.catch(() => undefined);
    return turn;
  }

  async #take(call: () => Promise<CancelReply>): Promise<CancelReply> {
    const waitMs = this.#nextAt - this.#clock.elapsed();
    if (waitMs > 0) await this.#clock.after(waitMs);
    const reply = await this.#minute.run(() => this.#second.run(call));
    const isSick = reply.kind === 'failed' && reply.errorClass !== 'rejected';
    this.#failures = isSick ? this.#failures + 1 : 0;
    const backOffMs = Math.min(BACK_OFF_MS * 2 ** (this.#failures - 1), BACK_OFF_MAX_MS);
    this.#nextAt = isSick ? this.#clock.elapsed() + backOffMs : Number.NEGATIVE_INFINITY;
    return reply;
  }
}
