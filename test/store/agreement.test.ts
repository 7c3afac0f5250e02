import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Journal } from '../../executor/journal/journal.ts';
import { errorClasses, outcomes } from '../../executor/order/order.ts';
import { anOrder, NOW } from './entries.ts';
import { postgresPlace, sqlitePlace } from './places.ts';

const HOUR = 3_600_000;

const order = fc.record({
  ago: fc.integer({ min: -HOUR, max: 3 * HOUR }),
  outcome: fc.option(fc.constantFrom(...outcomes), { nil: undefined }),
  errorClass: fc.constantFrom(...errorClasses),
  latencyMs: fc.double({ min: 0, max: 12_000, noNaN: true }),
  mode: fc.constantFrom('paper', 'trickle', 'live'),
});
const denial = fc.record({
  minute: fc.integer({ min: 0, max: 180 }).map((ago) => NOW - ago * 60_000),
  reason: fc.constantFrom('KILL_SWITCH_ACTIVE', 'CLOCK_DRIFT'),
  caller: fc.constantFrom('a', 'b'),
  count: fc.integer({ min: 1, max: 9 }),
});

it('SQLite and PostgreSQL give the same audit of the same orders', async () => {
  const places = [await sqlitePlace(), await postgresPlace()];
  const journals: Journal[] = places.map((place) => place.open());
  let n = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(order, { maxLength: 60 }),
        fc.array(denial, { maxLength: 9 }),
        fc.record({ ms: fc.integer({ min: 1, max: 4 * HOUR }), paper: fc.boolean() }),
        async (orders, denials, window) => {
          const entries = orders.flatMap(({ ago, outcome, ...told }) =>
            anOrder(`order-${n++}`, {
              ...{ ...told, at: NOW - ago },
              ...(outcome === undefined ? {} : { outcome }),
            }),
          );
          const [one, other] = await Promise.all(
            journals.map(async (journal) => {
              await journal.append(entries);
              await journal.tally(denials);
              return journal.audit({ ...window, now: NOW });
            }),
          );
          expect(one).toEqual(other);
        },
      ),
      { numRuns: 40 },
    );
  } finally {
    await Promise.all(journals.map((journal) => journal.close()));
    await Promise.all(places.map((place) => place.remove()));
  }
}, 60_000);
