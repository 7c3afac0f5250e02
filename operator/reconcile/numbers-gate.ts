import type { Clock } from '../../crds/clock.ts';
import type { Observed } from './observed.ts';

/** Verdicts are written when they change; the badge, which follows numbers, at most this often. */
const NUMBERS_MS = 60_000;

/** At most one write a minute that only the badge asks for; forgets executors that are gone. */
export function numbersGate(clock: Clock): (seen: Observed) => boolean {
  const written = new Map<string, number>();
  return ({ executor }) => {
    const now = clock.elapsed();
    const { uid } = executor.metadata;
    if (now - (written.get(uid) ?? Number.NEGATIVE_INFINITY) < NUMBERS_MS) return false;
    for (const [other, at] of written) if (now - at >= NUMBERS_MS) written.delete(other);
    written.set(uid, now);
    return true;
  };
}
