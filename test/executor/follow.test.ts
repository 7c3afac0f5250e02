import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { Follow } from '../../executor/follow.ts';
import { nothingSeen } from '../../executor/gate/sight.ts';
import type { Journey } from '../../executor/journey.ts';
import { executorLog } from '../../executor/log.ts';
import { whole } from '../../executor/order/amount.ts';
import { OrderBook } from '../../executor/order/book.ts';
import type { OrderId, Terms } from '../../executor/order/order.ts';
import { Recorder } from '../../executor/recorder.ts';
import { noVenue } from '../../executor/venues/none.ts';
import { VenueFailure, type VenueOrder } from '../../executor/venues/venue.ts';
import { ManualClock } from '../support/manual-clock.ts';

const id = 'o' as OrderId;

/** One unknown order at a venue that tests can speak for. */
function aDesk(append: () => Promise<void> = async () => undefined) {
  const clock = new ManualClock();
  const book = new OrderBook();
  const venue = { history: [] as VenueOrder[], open: [] as VenueOrder[], isDown: false };
  const answer = (orders: VenueOrder[]) =>
    venue.isDown ? Promise.reject(new VenueFailure('down')) : Promise.resolve(orders);
  const log = executorLog({}, { write: () => undefined });
  const journal = { append } as never;
  const recorder = new Recorder({
    ...{ clock, book, journal, log, gate: { sight: nothingSeen } },
    onEvent: () => undefined,
    onIllegal: () => undefined,
  });
  const follow = new Follow({
    ...{ clock, book, recorder, log, keyRefused: () => false },
    journey: { isUnderway: () => false } as unknown as Journey,
    venue: {
      ...noVenue,
      openOrders: () => answer(venue.open),
      history: () => answer(venue.history),
    },
  });
  const terms: Terms = {
    ...{ id, caller: 'c', key: 'k', bodyHash: 'h', symbol: 'BTCTRY', side: 'buy', type: 'limit' },
    ...{ quantity: whole(1), price: whole(1), mode: 'live', notionalTry: whole(1) },
    receivedAt: clock.wall(),
  };
  book.adopt({ terms, state: 'unknown', since: 0 as EpochMs, cause: '', updatedAt: 0 as EpochMs });
  return { clock, book, venue, follow };
}

const there: VenueOrder = {
  clientId: id,
  symbol: 'BTCTRY',
  view: { venueId: '7', status: 'open', filled: whole(0) },
};

describe('an unknown order', () => {
  it('is presumed absent only after three looks over 120 s', async () => {
    const { clock, book, follow } = aDesk();
    const stop = new AbortController();
    const running = follow.run(stop.signal);
    await clock.advance(119_000);
    expect(book.get(id)?.state).toBe('unknown');
    await clock.advance(40_000);
    expect(book.get(id)?.state).toBe('absent');
    stop.abort(new Error('done'));
    await running;
  });

  it('is seen open at once, also while the journal takes its time', async () => {
    const { book, venue, follow } = aDesk(() => new Promise(() => undefined));
    venue.open = [there];
    await follow.pass();
    expect(book.get(id)?.state).toBe('working');
  });

  it('is never presumed absent while the venue does not answer', async () => {
    const { clock, book, venue, follow } = aDesk();
    venue.isDown = true;
    const stop = new AbortController();
    const running = follow.run(stop.signal);
    await clock.advance(600_000);
    expect(book.get(id)?.state).toBe('unknown');
    stop.abort(new Error('done'));
    await running;
  });

  it('is adopted from the history, and from the open orders even after it was given up', async () => {
    const first = aDesk();
    first.venue.history = [there];
    await first.follow.pass();
    expect(first.book.get(id)).toMatchObject({ state: 'working', venueId: '7' });
    const second = aDesk();
    second.book.adopt({ ...(second.book.get(id) as never as object), state: 'absent' } as never);
    second.venue.open = [there];
    await second.follow.pass();
    expect(second.book.get(id)).toMatchObject({ state: 'working', venueId: '7' });
  });
});
