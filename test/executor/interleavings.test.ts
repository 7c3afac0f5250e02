import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock, EpochMs } from '../../crds/clock.ts';
import { Denials } from '../../executor/denials.ts';
import { DeskView } from '../../executor/desk.ts';
import type { Gate } from '../../executor/gate/gate.ts';
import { type Entry, type Journal, scopeOf } from '../../executor/journal/journal.ts';
import { Journey } from '../../executor/journey.ts';
import { Bulkhead } from '../../executor/lanes/bulkhead.ts';
import { executorLog } from '../../executor/log.ts';
import { ALWAYS_OPEN } from '../../executor/market/session.ts';
import type { Metrics } from '../../executor/metrics.ts';
import { type Amount, whole } from '../../executor/order/amount.ts';
import { OrderBook } from '../../executor/order/book.ts';
import type { Terms } from '../../executor/order/order.ts';
import { Place } from '../../executor/place.ts';
import { Recorder } from '../../executor/recorder.ts';
import type { Market } from '../../executor/venues/market.ts';
import type { LastGate, PlaceReply, Venue } from '../../executor/venues/venue.ts';
import { Windows } from '../../executor/windows.ts';
import { received } from '../store/entries.ts';
import { anExecutor } from './an-executor.ts';
import { anything } from './instruments.ts';

const MINUTE = 60_000;
const LIMITS = {
  ...{ maxOrdersPerMinute: 6, maxNotionalTryPerSecond: 500, maxConcurrency: 3, maxOpenOrders: 3 },
  repeatedOrders: { max: 3, within: '20s' },
};

/** Of another day: its key is bound in the journal, and in no memory. */
const OLD = received('old');

type Step =
  | { readonly kind: 'place'; readonly units: number; readonly key: string }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'kill' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      units: fc.constantFrom(1, 2, 3, 5),
      key: fc.oneof(fc.uuid(), fc.constantFrom('a', 'b', OLD.event.terms.key)),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      ms: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 900 }) },
        { weight: 1, arbitrary: fc.integer({ min: 900, max: 30_000 }) },
      ),
    }),
  },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant('cancelled' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
);

const nothing = () => undefined;

const replies = ['acked', 'rejected', 'unknown', 'not-sent', 'reset'] as const;

interface Arrival {
  readonly at: number;
  readonly terms: Terms;
  readonly isKilled: boolean;
}

/** The real path of an order, between a journal and a venue that finish in whatever order `s` says. */
function aPath(s: fc.Scheduler, outcome: () => (typeof replies)[number]) {
  const now = { ms: 0, killed: false };
  const clock: Clock = {
    wall: () => now.ms as EpochMs,
    elapsed: () => now.ms,
    after: (_ms, signal) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  };
  const { spec } = anExecutor('live', { limits: LIMITS, venue: { timeoutMs: 30_000 } });
  const gate = {
    sight: { object: { spec } },
    view: () => {
      const reasons = now.killed ? ['KillSwitch'] : [];
      return { open: !now.killed, reasons, killed: now.killed, mode: 'live' };
    },
  } as unknown as Gate;
  const market = {
    prices: { fresh: () => ({ bid: whole(1), ask: whole(1), last: whole(1) }) },
    driftSamples: () => [
      { offsetMs: 0, roundTripMs: 1, at: now.ms, wallOrigin: 0, serverTime: now.ms },
    ],
    session: () => ALWAYS_OPEN,
    instrument: (symbol: string) => ({ kind: 'known', instrument: { ...anything, symbol } }),
  } as unknown as Market;
  const old = [{ ...OLD, sequence: 1 }];
  const journal = {
    append: ([entry]: readonly Entry[]) => {
      const isOld =
        entry?.event.kind === 'received' && entry.event.terms.key === OLD.event.terms.key;
      return s.schedule(Promise.resolve(isOld ? old : []), 'journal');
    },
    bound: (scope: string) => {
      const isOld = scope === scopeOf('c', OLD.event.terms.key);
      return s.schedule(Promise.resolve(isOld ? old : []), 'look-up');
    },
  } as unknown as Journal;
  const arrivals: Arrival[] = [];
  const venue = {
    async place(terms: Terms, _lane: number, lastGate: LastGate): Promise<PlaceReply> {
      await s.schedule(Promise.resolve(), 'connect');
      const will = outcome();
      if (will === 'not-sent') return { kind: 'not-sent', message: 'no route' };
      if (!lastGate()) return { kind: 'gated' };
      arrivals.push({ at: now.ms, terms, isKilled: now.killed });
      await s.schedule(Promise.resolve(), 'answer');
      if (will === 'acked') {
        return { kind: 'acked', view: { venueId: terms.id, status: 'open', filled: 0n as Amount } };
      }
      const { kind, errorClass } = will === 'rejected' ? refused : lost;
      return { kind, errorClass, message: will };
    },
  } as unknown as Venue;
  const [book, windows] = [new OrderBook(), new Windows()];
  const log = executorLog({}, { write: () => undefined });
  const recorder = new Recorder({
    ...{ clock, gate, journal, book, log, onEvent: nothing, onIllegal: nothing },
  });
  const desk = new DeskView({ clock, gate, book, windows, market, diskFree: () => 1 });
  const bulkhead = new Bulkhead({ clock, slots: () => LIMITS.maxConcurrency, waitingMax: 100 });
  const metrics = { denied: nothing, acknowledged: nothing, placed: nothing } as unknown as Metrics;
  const parts = { clock, gate, desk, book, bulkhead, recorder, metrics, log };
  const journey = new Journey({ ...parts, venueFor: () => venue, onSettled: nothing });
  const ids = Array.from({ length: 100 }, (_, n) => `${n}`).values();
  const newId = () => ids.next().value ?? '';
  const place = new Place({
    ...parts,
    newId,
    windows,
    journal,
    journey,
    denials: new Denials(clock, log),
  });
  return { now, place, book, windows, recorder, arrivals };
}

const refused = { kind: 'rejected', errorClass: 'rejected' } as const;
const lost = { kind: 'unknown', errorClass: 'network' } as const;

type Path = ReturnType<typeof aPath>;

async function take({ now, place, book, recorder }: Path, one: Step): Promise<void> {
  if (one.kind === 'time') now.ms += one.ms;
  if (one.kind === 'kill') now.killed = true;
  if (one.kind === 'cancelled') {
    const order = book.live().find(({ state }) => state === 'working');
    const view = {
      venueId: `${order?.terms.id}`,
      status: 'canceled',
      filled: 0n as Amount,
    } as const;
    if (order !== undefined) await recorder.record(order.terms.id, { kind: 'seen', view });
  }
  if (one.kind !== 'place') return;
  const request = {
    ...({ symbol: 'BTCTRY', side: 'buy', type: 'limit', dryRun: false } as const),
    ...{ quantity: whole(one.units), price: whole(100) },
  };
  const answer = await place.place({ caller: 'c', key: one.key, request, hash: `${one.units}` });
  if (one.key !== OLD.event.terms.key) return;
  expect('order' in answer && answer.order.terms.id).toBe(OLD.orderId);
}

function inside(arrivals: readonly Arrival[], { at }: Arrival, spanMs: number): readonly Arrival[] {
  return arrivals.filter((other) => other.at > at - spanMs && other.at <= at);
}

describe('any interleaving of requests, journal, venue, time, cancels and a kill', () => {
  it('overshoots no limit at any moment, by what arrives at the venue', async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 10, maxLength: 60 }),
        fc.infiniteStream(fc.constantFrom(...replies)),
        async (s, steps, outcomes) => {
          const path = aPath(s, () => outcomes.next().value ?? 'acked');
          const taken = steps.map((one) =>
            s.schedule(Promise.resolve(), one.kind).then(() => take(path, one)),
          );
          await s.waitFor(Promise.all(taken));
          const { arrivals, book, windows, now } = path;
          for (const arrival of arrivals) {
            const minute = inside(arrivals, arrival, MINUTE);
            expect(minute.length).toBeLessThanOrEqual(LIMITS.maxOrdersPerMinute);
            const second = inside(arrivals, arrival, 1_000);
            const worth = second.reduce((sum, { terms }) => sum + terms.notionalTry, 0n);
            expect(worth <= whole(LIMITS.maxNotionalTryPerSecond)).toBe(true);
            const alike = inside(arrivals, arrival, 20_000).filter(
              ({ terms }) => terms.quantity === arrival.terms.quantity,
            );
            expect(alike.length).toBeLessThanOrEqual(LIMITS.repeatedOrders.max);
            expect(arrival.isKilled).toBe(false);
          }
          expect(book.live().length).toBeLessThanOrEqual(LIMITS.maxOpenOrders);
          const keys = arrivals.map(({ terms }) => terms.key);
          expect(new Set(keys).size).toBe(keys.length);
          expect(keys).not.toContain(OLD.event.terms.key);
          const used = (counting: 'reserved' | 'charged') =>
            windows.usage(now.ms, counting).orders.used;
          expect(used('reserved')).toBe(used('charged'));
          expect(book.get(OLD.orderId)).toBeUndefined();
          expect(book.exposure().orders).toBe(book.live().length);
          sent += arrivals.length;
        },
      ),
      { numRuns: 500 },
    );
    expect(sent).toBeGreaterThan(500);
  }, 60_000);
});
