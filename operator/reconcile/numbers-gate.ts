import type { Clock } from '../../crds/clock.ts';
import type { Observed } from './observed.ts';
import type { OwnStatus } from './status.ts';

/** Verdicts are written when they change; what follows numbers, at most this often. */
const NUMBERS_MS = 60_000;
/** Its message has sums of many executors: one that changes must not write to all others at once. */
const SUMS = 'VenueBudgetExceeded';

/** As `fresh`, with the numbers that were told last: what is left of a difference is a verdict. */
export function withOldNumbers(before: OwnStatus | undefined, fresh: OwnStatus): OwnStatus {
  const { stability: told, conditions } = before ?? {};
  const last = conditions?.find(({ type }) => type === SUMS);
  const quiet = fresh.conditions?.map((one) =>
    one.type === SUMS && one.status === last?.status ? { ...one, message: last.message } : one,
  );
  return {
    ...fresh,
    ...(quiet === undefined ? {} : { conditions: quiet }),
    ...(told === undefined ? {} : { stability: told }),
  };
}

/** At most one write a minute that only numbers ask for; forgets executors that are gone. */
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
