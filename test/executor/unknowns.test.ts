import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { whole } from '../../executor/order/amount.ts';
import type { Order, OrderId } from '../../executor/order/order.ts';
import type { VenueOrder } from '../../executor/venues/venue.ts';
import { aDesk, type Desk, during, HOUR, id, row, termsOf } from './unknown-desk.ts';

describe('an unknown order', () => {
  it('is presumed absent only after three looks over 120 s', async () => {
    const desk = aDesk();
    await during(desk, 119_000);
    expect(desk.book.get(id)?.state).toBe('unknown');
    await during(desk, 40_000);
    expect(desk.book.get(id)?.state).toBe('presumed-absent');
    expect(desk.venue.starts.length).toBeGreaterThanOrEqual(3);
  });

  it('is never presumed absent while the venue does not answer', async () => {
    const desk = aDesk();
    desk.venue.isDown = true;
    await during(desk, 600_000);
    expect(desk.book.get(id)?.state).toBe('unknown');
  });

  it('counts only complete readings: two that failed between are none', async () => {
    const desk = aDesk();
    await during(desk, 1_000);
    desk.venue.fails = true;
    await during(desk, 200_000);
    desk.venue.fails = false;
    await desk.clock.advance(60_000);
    await desk.follow.pass();
    expect(desk.book.get(id)?.state).toBe('unknown');
    await desk.clock.advance(60_000);
    await desk.follow.pass();
    expect(desk.book.get(id)?.state).toBe('presumed-absent');
  });

  it.each(['open', 'filled', 'canceled'] as const)(
    'is adopted from the history when it is %s',
    async (status) => {
      const desk = aDesk();
      desk.venue.history = [row('7', { status })];
      await desk.follow.pass();
      const state = status === 'open' ? 'working' : status;
      expect(desk.book.get(id)).toMatchObject({ state, venueId: '7' });
    },
  );

  it('is looked for behind the newest own order that the venue surely took before it', async () => {
    const acked = (orderId: string, venueId: string, at: number): Order => ({
      ...{ terms: termsOf(orderId, at - 5), updatedAt: at as EpochMs, filled: whole(0), venueId },
      state: 'canceled',
      placed: { outcome: 'acked', errorClass: 'none', latencyMs: 5, at: at as EpochMs },
    });
    const desk = aDesk((now) => [
      acked('a', '90071992547409931', now - 400_000),
      acked('b', '90071992547409932', now - 300_000),
      // Too close: another of the venue's servers may have given out its id.
      acked('c', '90071992547409939', now - 1_000),
    ]);
    await desk.follow.pass();
    expect(desk.venue.starts.map(({ from }) => from)).toEqual(['90071992547409932']);
  });
});

describe('an order that was presumed absent', () => {
  const given = async (): Promise<Desk> => {
    const desk = aDesk();
    await during(desk, 160_000);
    expect(desk.book.get(id)?.state).toBe('presumed-absent');
    return desk;
  };

  it.each(['open', 'filled', 'canceled'] as const)(
    'is adopted within 24 h when it turns up %s',
    async (status) => {
      const desk = await given();
      await desk.clock.advance(23 * HOUR);
      desk.venue.history = [row('7', { status })];
      await during(desk, 70_000);
      expect(desk.book.get(id)?.state).toBe(status === 'open' ? 'working' : status);
      expect(await desk.mismatches('turned-up')).toBe(true);
    },
  );

  it('is not looked for after 24 h, and is ours all the same when it is open', async () => {
    const desk = await given();
    await desk.clock.advance(24 * HOUR);
    await during(desk, 70_000);
    expect(desk.book.get(id)).toMatchObject({ state: 'presumed-absent', watched: false });
    const { length } = desk.venue.starts;
    await during(desk, HOUR);
    expect(desk.venue.starts).toHaveLength(length);
    desk.venue.open = [row('7')];
    await during(desk, 70_000);
    expect(desk.book.get(id)?.state).toBe('working');
  });

  it('does not keep other orders from being compared when it cannot be looked for', async () => {
    const desk = await given();
    desk.venue.fails = true;
    await desk.clock.advance(70_000);
    await expect(desk.follow.pass()).resolves.toMatchObject({ strays: [] });
  });

  it('is read for from where earlier readings ended, after ten minutes', async () => {
    const desk = await given();
    desk.venue.history = [
      { ...row('12'), clientId: 'x' },
      { ...row('40'), clientId: 'y' },
    ];
    await during(desk, 900_000);
    expect(desk.venue.starts.at(-1)?.from).toBe('40');
  });
});

describe('an order like it under another client id', () => {
  const stranger = (at: number, status: 'open' | 'filled' = 'open'): VenueOrder => ({
    ...row('9', { status }, at),
    clientId: 'a-GUID-of-the-venue',
  });

  it('is a probable twin: counted, never adopted, and while it is open ours stays unknown', async () => {
    const desk = aDesk();
    desk.venue.history = [stranger(desk.clock.wall() + 50)];
    desk.venue.open = [...desk.venue.history];
    await during(desk, 300_000);
    expect(desk.book.get(id)?.state).toBe('unknown');
    expect(await desk.mismatches('probable-twin')).toBe(true);
    expect(desk.account.external()).toMatchObject([{ probableTwinOf: id }]);
    desk.venue.open = [];
    desk.venue.history = [stranger(desk.clock.wall() - 300_000, 'filled')];
    await during(desk, 60_000);
    expect(desk.book.get(id)?.state).toBe('presumed-absent');
  });

  it('is none when another thing differs, or it was placed at another time', async () => {
    const desk = aDesk();
    const now = desk.clock.wall();
    const { detail } = row('1', {}, now);
    if (detail === undefined) throw new Error('no detail');
    const others = [
      { side: 'sell' },
      { quantity: whole(2) },
      { price: whole(2) },
      { at: now - HOUR },
    ] as const;
    desk.venue.history = others.map((other, n) => ({
      ...stranger(now),
      view: { venueId: `${n + 1}`, status: 'open', filled: whole(0) },
      detail: { ...detail, ...other },
    }));
    await during(desk, 160_000);
    expect(await desk.mismatches('probable-twin')).toBe(false);
    expect(desk.book.get(id)?.state).toBe('presumed-absent');
  });

  it('that is an older order of our own is neither twin nor foreign', async () => {
    const desk = aDesk();
    const at = (desk.clock.wall() - 60_000) as EpochMs;
    const received = { kind: 'received', terms: termsOf('mine', at) } as const;
    desk.old.mine = [{ at, orderId: 'mine' as OrderId, event: received, sequence: 1 }];
    const mine = { ...row('9', {}, at), clientId: 'mine' };
    desk.venue.open = [mine];
    desk.venue.history = [mine];
    await during(desk, 3_000);
    expect(await desk.mismatches('probable-twin')).toBe(false);
    expect(desk.account.external()).toEqual([]);
  });
});

describe('while the journal cannot be read', () => {
  const deaf = (desk: Desk) =>
    Object.defineProperty(desk.old, 'whose', {
      configurable: true,
      get: () => {
        throw new Error('the database is away');
      },
    });

  it('an order that may be ours under another id keeps an unknown one unknown, and ends nothing', async () => {
    const desk = aDesk();
    deaf(desk);
    desk.venue.history = [{ ...row('9', {}, desk.clock.wall()), clientId: 'whose' }];
    await during(desk, 300_000);
    expect(desk.book.get(id)?.state).toBe('unknown');
    Object.defineProperty(desk.old, 'whose', { value: [] });
    desk.venue.history = [{ ...row('9', { status: 'filled' }), clientId: 'whose' }];
    await during(desk, 200_000);
    expect(desk.book.get(id)?.state).toBe('presumed-absent');
  });

  it('nobody knows whose an open order is: the account is not as the journal has it', async () => {
    const desk = aDesk();
    deaf(desk);
    desk.venue.open = [{ ...row('9'), clientId: 'whose' }];
    expect(await desk.follow.pass()).toMatchObject({ strays: [], unidentified: 1 });
    expect(desk.follow.isReconciled).toBe(false);
    Object.defineProperty(desk.old, 'whose', { value: [] });
    expect(await desk.follow.pass()).toMatchObject({ strays: [], unidentified: 0 });
    expect(desk.follow.isReconciled).toBe(true);
  });
});

describe('the book', () => {
  it('keeps an order that was given up and turned up, however many end after it', () => {
    const { book } = aDesk();
    const at = 0 as EpochMs;
    const end = (orderId: string, state: 'presumed-absent' | 'canceled') =>
      book.adopt({
        ...{ terms: termsOf(orderId, 0), updatedAt: at, since: at, watched: false, state },
        ...{ venueId: orderId, filled: whole(0) },
      } as Order);
    end(id, 'presumed-absent');
    book.apply({ at, orderId: id, event: { kind: 'seen', view: row('7').view } });
    for (let n = 0; n < 5_001; n += 1) end(`other-${n}`, 'canceled');
    expect(book.get(id)?.state).toBe('working');
    expect(book.get('other-0' as OrderId)).toBeUndefined();
  });
});
