import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whole } from '../../executor/order/amount.ts';
import { completeHistory } from '../../executor/venues/btcturk/history.ts';
import type { VenueOrder } from '../../executor/venues/venue.ts';

const row = (id: number): VenueOrder => ({
  ...{ clientId: `${id}`, symbol: 'BTCTRY' },
  view: { venueId: `${id}`, status: 'open', filled: whole(0) },
  detail: { side: 'buy', type: 'limit', quantity: undefined, price: undefined, at: id * 1_000 },
});

/** A venue with orders 1…count whose pages hold `cap` rows and which takes `growth` new ones in between. */
function aVenue(count: number, cap: number, { growth = 0, rising = false } = {}) {
  let newest = count;
  let calls = 0;
  const turn = async (page: number): Promise<readonly VenueOrder[]> => {
    calls += 1;
    const ids = Array.from({ length: newest }, (_, n) => (rising ? n + 1 : newest - n));
    newest += growth;
    return ids.slice((page - 1) * cap, page * cap).map(row);
  };
  return { turn, calls: () => calls };
}

describe('a complete history', () => {
  it('holds every order that was there when it began, however pages are capped, shift or are sorted', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...([fc.integer({ min: 0, max: 400 }), fc.integer({ min: 20, max: 120 })] as const),
        ...([
          fc.integer({ min: 0, max: 5 }),
          fc.boolean(),
          fc.integer({ min: 0, max: 400 }),
        ] as const),
        async (count, cap, growth, rising, oldest) => {
          const { turn } = aVenue(count, cap, { growth: rising ? 0 : growth, rising });
          const found = await completeHistory(turn, oldest * 1_000);
          const ids = new Set(found.map(({ view }) => view.venueId));
          for (let id = oldest; id <= count; id += 1) if (id > 0) expect(ids).toContain(`${id}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('ends with the first row that is older than asked for', async () => {
    const { turn, calls } = aVenue(1_000, 100);
    await completeHistory(turn, 950_000);
    expect(calls()).toBe(1);
  });

  it('is refused rather than cut when a venue repeats its pages or has too many', async () => {
    const { turn } = aVenue(100, 100);
    await expect(completeHistory(() => turn(1), 0)).rejects.toThrow('the same page again');
    await expect(completeHistory(aVenue(10_000, 100).turn, 0)).rejects.toThrow(
      'more than 40 pages',
    );
  });
});
