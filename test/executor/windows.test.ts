import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Amount, whole } from '../../executor/order/amount.ts';
import { SlidingWindow } from '../../executor/order/window.ts';

const SPAN = 1_000;
const LIMIT = whole(500);

type Step =
  | { readonly kind: 'arrive'; readonly amount: number }
  | { readonly kind: 'leave'; readonly which: number }
  | { readonly kind: 'drop'; readonly which: number }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('arrive' as const), amount: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('leave' as const), which: fc.nat(20) }),
  fc.record({ kind: fc.constant('drop' as const), which: fc.nat(20) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 700 }) }),
);

describe('a sliding window', () => {
  it('is never overshot in any span, and an accepted order always still fits', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const window = new SlidingWindow(SPAN);
        const waiting: { amount: Amount }[] = [];
        const sent: { at: number; amount: Amount }[] = [];
        let now = 0;
        for (const one of steps) {
          if (one.kind === 'wait') now += one.ms;
          if (one.kind === 'arrive') {
            const amount = whole(one.amount);
            const fits = window.charged(now) + window.reserved() + amount <= LIMIT;
            if (fits) waiting.push(window.reserve(amount));
          }
          const [order] =
            'which' in one ? waiting.splice(one.which % (waiting.length || 1), 1) : [];
          if (order === undefined) continue;
          if (one.kind === 'drop') window.release(order);
          else {
            // The last gate never has to refuse what was accepted.
            expect(window.charged(now) + order.amount <= LIMIT).toBe(true);
            window.charge(order.amount, now, order);
            sent.push({ at: now, amount: order.amount });
          }
        }
        for (const { at } of sent) {
          const inside = sent.filter((other) => other.at > at - SPAN && other.at <= at);
          expect(inside.reduce((sum, { amount }) => sum + amount, 0n) <= LIMIT).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('says when there is room again', () => {
    const window = new SlidingWindow(SPAN);
    window.charge(whole(300), 0);
    window.charge(whole(200), 400);
    expect(window.waitMs(whole(100), LIMIT, 500)).toBe(500);
    expect(window.waitMs(whole(400), LIMIT, 500)).toBe(900);
    expect(window.waitMs(whole(100), LIMIT, 1_000)).toBe(0);
  });
});
