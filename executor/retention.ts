import type { Clock, EpochMs } from '../crds/clock.ts';
import { durationMs } from '../crds/duration.ts';
import type { Journal } from './journal/journal.ts';
import type { Log } from './log.ts';

/** Old orders are in nobody's way: they are looked for this often, and removed a few at a time. */
const LOOK_MS = 3_600_000;
const PAUSE_MS = 1_000;

export interface RetentionParts {
  readonly clock: Clock;
  readonly journal: Journal;
  /** `spec.store.keepFor` as it is now. */
  readonly keepFor: () => string;
  readonly log: Log;
}

/** Removes finished orders that are older than the spec keeps them; never one that is not finished. */
export async function retain(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  const { clock, journal, keepFor, log } = parts;
  while (!signal.aborted) {
    const before = (clock.wall() - durationMs(keepFor())) as EpochMs;
    let removed = 0;
    try {
      removed = await journal.prune(before);
    } catch (fault) {
      if (!signal.aborted) log.warn({ err: fault }, 'old orders cannot be removed; trying again');
    }
    if (removed > 0)
      log.info({ removed, before: new Date(before).toISOString() }, 'old orders removed');
    await clock.after(removed > 0 ? PAUSE_MS : LOOK_MS, signal).catch(() => undefined);
  }
}
