import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Amount, whole } from '../../executor/order/amount.ts';
import { OrderBook } from '../../executor/order/book.ts';
import type { OrderEvent, OrderId } from '../../executor/order/order.ts';
import { SlidingWindow } from '../../executor/order/window.ts';
import { later, received } from '../store/entries.ts';

const sum = (amounts: readonly Amount[]) => amounts.reduce((all, one) => all + one, 0n);

const seen = (status: 'open' | 'filled' | 'canceled'): OrderEvent => ({
  kind: 'seen',
  view: { venueId: '7', status, filled: whole(0) },
});
const events: readonly OrderEvent[] = [
  ...[{ kind: 'sent' } as const, { kind: 'lost', cause: '' } as const],
  ...[seen('open'), seen('filled'), seen('canceled')],
  { kind: 'dropped', code: 'ORDER_TOO_OLD', message: '' },
  { kind: 'rejected', errorClass: 'rejected', message: '' },
  ...[{ kind: 'presumed-absent' } as const, { kind: 'unwatched' } as const],
];
const EXPOSED = ['received', 'sent', 'unknown', 'working'];

describe('a sum that is kept', () => {
  it('of the book is that of every order that is or may be open', () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 4 }),
      what: fc.constantFrom('expect', 'forget', 'receive', ...events.keys()),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const book = new OrderBook();
        const expected = new Map<OrderId, Amount>();
        for (const { id: n, what } of steps) {
          const receipt = received(`order-${n}`);
          const { orderId: id } = receipt;
          const terms = { ...receipt.event.terms, notionalTry: whole(10 ** n) };
          const isIn = book.get(id) !== undefined;
          if (what === 'expect' && !isIn) {
            book.expect(terms);
            expected.set(id, terms.notionalTry);
          }
          if (what === 'forget') book.forget(id);
          if (what === 'receive' && !isIn) {
            book.apply({ ...receipt, event: { kind: 'received', terms } });
          }
          if (what === 'forget' || what === 'receive') expected.delete(id);
          const event = typeof what === 'number' ? events[what] : undefined;
          if (event !== undefined && isIn) book.apply(later(id, event));
          const open = book.list().filter(({ state }) => EXPOSED.includes(state));
          const worth = [...open.map((order) => order.terms.notionalTry), ...expected.values()];
          expect(book.exposure()).toEqual({ orders: worth.length, notional: sum(worth) });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('of a window is that of what it was charged with in its span, and of what is reserved', () => {
    const SPAN = 1_000;
    const step = fc.record({
      what: fc.constantFrom('reserve', 'release', 'charge', 'charge unreserved', 'wait'),
      n: fc.nat(700),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const window = new SlidingWindow(SPAN);
        const reserved = new Set<{ amount: Amount }>();
        const charged: { at: number; amount: Amount }[] = [];
        let now = 0;
        for (const { what, n } of steps) {
          const amount = whole(n);
          const held = [...reserved][n % (reserved.size || 1)];
          if (what === 'wait') now += n;
          if (what === 'reserve') reserved.add(window.reserve(amount));
          if (what === 'charge unreserved') {
            window.charge(amount, now);
            charged.push({ at: now, amount });
          }
          if (held !== undefined && what === 'charge') {
            window.charge(held.amount, now, held);
            charged.push({ at: now, amount: held.amount });
          }
          if (held !== undefined && what === 'release') window.release(held);
          if (held !== undefined && (what === 'charge' || what === 'release')) {
            reserved.delete(held);
            window.release(held); // given back once, however often it is said
          }
          const inside = charged.filter(({ at }) => at > now - SPAN);
          expect(window.charged(now)).toBe(sum(inside.map((one) => one.amount)));
          expect(window.reserved()).toBe(sum([...reserved].map((one) => one.amount)));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
