import type { Clock } from '../../../crds/clock.ts';
import { BEAT_MS } from '../wire/overview.ts';
import type { EventStream } from './event-stream.ts';

/** At most four messages a second. */
const GAP_MS = 250;
/** Sooner than the page expects one: it counts from when it received the last. */
const SILENT_MS_MAX = BEAT_MS - 1_000;

export interface Pump {
  /** There is news. */
  wake(): void;
}

/**
 * Calls `flush` at once, when woken, and before the silence gets too long; never again before the
 * reader has taken what was sent, and never sooner than GAP_MS. What happens meanwhile is one flush.
 */
export class Pumped implements Pump {
  #woken = false;
  #wait = new AbortController();

  wake(): void {
    this.#woken = true;
    this.#wait.abort();
  }

  /** Resolves when the stream has ended. Throws what `flush` throws. */
  async run(
    stream: Pick<EventStream, 'signal' | 'ready'>,
    clock: Clock,
    flush: () => Promise<void>,
  ): Promise<void> {
    const { signal } = stream;
    while (!signal.aborted) {
      this.#woken = false;
      await flush();
      await clock.after(GAP_MS, signal).catch(() => undefined);
      await stream.ready(clock);
      if (this.#woken || signal.aborted) continue;
      this.#wait = new AbortController();
      const either = AbortSignal.any([this.#wait.signal, signal]);
      await clock.after(SILENT_MS_MAX - GAP_MS, either).catch(() => undefined);
    }
  }
}
