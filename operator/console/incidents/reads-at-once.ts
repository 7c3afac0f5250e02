import type { ServerResponse } from 'node:http';
import { Refusal } from '../../http/refusal.ts';

/** Each holds a file of up to 9 MiB in the process that confirms kills, until its reader has it. */
const READS_MAX = 12;
/** Who takes nothing for this long is cut off. */
const IDLE_MS_MAX = 30_000;

/** The files of packs that are on their way to somebody. */
export class ReadsAtOnce {
  #underWay = 0;

  /** One more, until the answer is closed. Refuses with 503 when there are too many. */
  begin(answer: ServerResponse): void {
    if (this.#underWay >= READS_MAX) {
      const why = 'too many files of evidence are being read; try again in a moment';
      throw new Refusal(503, 'EVIDENCE_BUSY', why);
    }
    this.#underWay += 1;
    answer.once('close', () => {
      this.#underWay -= 1;
    });
    answer.setTimeout(IDLE_MS_MAX, () => answer.destroy());
  }
}
