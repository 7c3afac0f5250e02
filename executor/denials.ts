import type { Clock } from '../crds/clock.ts';
import type { DenialCode } from './guards/denial.ts';
import type { DenialCount, Journal } from './journal/journal.ts';
import type { Log } from './log.ts';

const MINUTE_MS = 60_000;
const FLUSH_MS = 10_000;
/** Minutes in which nothing could be written are merged away beyond this many rows. */
const WAITING_MAX = 10_000;

/**
 * Refusals of guards for the audit: by minute, reason and caller, written now and then. A refusal
 * binds nothing, so it is worth a number and not an fsync: what a crash takes is ten seconds of it.
 */
export class Denials {
  readonly #clock: Clock;
  readonly #log: Log;
  #waiting = new Map<string, DenialCount>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  add(reason: DenialCode, caller: string): void {
    const minute = Math.floor(this.#clock.wall() / MINUTE_MS) * MINUTE_MS;
    this.#add({ minute, reason, caller, count: 1 });
  }

  async run(journal: Journal, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.after(FLUSH_MS, signal).catch(() => undefined);
      await this.#flush(journal);
    }
  }

  async #flush(journal: Journal): Promise<void> {
    const counts = [...this.#waiting.values()];
    if (counts.length === 0) return;
    this.#waiting = new Map();
    try {
      await journal.tally(counts);
    } catch (fault) {
      this.#log.warn({ err: fault }, 'refusals are not counted in the journal yet; trying again');
      for (const count of counts.slice(-WAITING_MAX)) this.#add(count);
    }
  }

  #add(more: DenialCount): void {
    const key = `${more.minute} ${more.reason} ${more.caller}`;
    const count = (this.#waiting.get(key)?.count ?? 0) + more.count;
    this.#waiting.set(key, { ...more, count });
  }
}
