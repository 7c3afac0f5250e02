import type { ServerResponse } from 'node:http';
import type { Clock } from '../../crds/clock.ts';
import { Refusal } from '../http/refusal.ts';

/** Each holds up to 9 MiB in the process that confirms kills, until its reader has it. */
const READS_MAX = 12;
/** Who has not taken it by then is cut off: a pack over a slow line takes a minute or two. */
const READ_MS_MAX = 5 * 60_000;

/** Answers that are fetched from elsewhere and are on their way to somebody. */
export class ReadsAtOnce {
  readonly #clock: Clock;
  readonly #what: string;
  #underWay = 0;

  /** @param what in words, in the plural */
  constructor(clock: Clock, what: string) {
    this.#clock = clock;
    this.#what = what;
  }

  /** One more, until the answer is closed. Refuses with 503 when there are too many. */
  begin(answer: ServerResponse): void {
    if (this.#underWay >= READS_MAX) {
      const why = `too many ${this.#what} are being read; try again in a moment`;
      throw new Refusal(503, 'BUSY', why);
    }
    this.#underWay += 1;
    const closed = new AbortController();
    answer.once('close', () => {
      this.#underWay -= 1;
      closed.abort();
    });
    this.#clock.after(READ_MS_MAX, closed.signal).then(
      () => answer.destroy(),
      () => undefined,
    );
  }
}
