import { statfs } from 'node:fs/promises';
import type { Clock } from '../crds/clock.ts';
import type { Log } from './log.ts';

const SAMPLE_MS = 5_000;

/** What may still be written of what could ever be written, 0 to 1; root's reserve is not ours. */
export async function freeRatio(folder: string): Promise<number> {
  const { bavail, bfree, blocks } = await statfs(folder);
  const writable = blocks - bfree + bavail;
  return writable === 0 ? 0 : bavail / writable;
}

export interface DiskParts {
  readonly clock: Clock;
  /** The free ratio now; off the main loop. */
  readonly read: () => Promise<number>;
  readonly log: Log;
}

/** How full the journal's volume is, sampled: asking it may itself be slow when it is in trouble. */
export class Disk {
  readonly #parts: DiskParts;
  #free: number | undefined;

  constructor(parts: DiskParts) {
    this.#parts = parts;
  }

  /** 0 to 1; undefined while it is not known. */
  get free(): number | undefined {
    return this.#free;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, read, log } = this.#parts;
    while (!signal.aborted) {
      try {
        this.#free = await read();
      } catch (fault) {
        this.#free = undefined;
        log.warn({ err: fault }, 'the free space of the data volume cannot be read');
      }
      await clock.after(SAMPLE_MS, signal).catch(() => undefined);
    }
  }
}
