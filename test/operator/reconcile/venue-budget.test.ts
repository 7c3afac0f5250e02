import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mode, TradingExecutor } from '../../../crds/trading-executor.ts';
import { withOldNumbers } from '../../../operator/reconcile/numbers-gate.ts';
import {
  shareOf,
  VenueBudgets,
  venueBudgetExceeded,
} from '../../../operator/reconcile/venue-budget.ts';
import { anExecutor, killed, withStatus } from '../../executor/an-executor.ts';

interface Wish {
  readonly name: string;
  readonly mode?: Mode;
  readonly orders?: number;
  readonly baseUrl?: string;
  readonly isKilled?: boolean;
}

function made({ name, mode = 'live', orders = 100, baseUrl, isKilled = false }: Wish) {
  const limits = { maxOrdersPerMinute: orders };
  const object = killed(anExecutor(mode, { limits, venue: { baseUrl } }), isKilled);
  return { ...object, metadata: { ...object.metadata, name, namespace: 'desk' } };
}

function desk(...wishes: readonly Wish[]): VenueBudgets {
  const budgets = new VenueBudgets();
  for (const object of wishes.map(made)) budgets.saw(object.metadata, object);
  return budgets;
}

const key = (name: string) => ({ namespace: 'desk', name });
const verdict = (budgets: VenueBudgets, name: string) => venueBudgetExceeded(budgets.of(key(name)));

describe('what executors may ask of a venue together', () => {
  it('is said on each of them when it is more than the venue takes, with what to do', () => {
    const budgets = desk({ name: 'a', orders: 200 }, { name: 'b', orders: 120 });
    for (const [name, own] of [
      ['a', 200],
      ['b', 120],
    ] as const) {
      const { status, reason, message } = verdict(budgets, name);
      expect([status, reason]).toEqual(['True', 'OrdersAboveQuota']);
      expect(message).toContain(
        `2 executors may send 320 orders a minute to api.btcturk.com, ${own} of them this one`,
      );
      expect(message).toContain('it takes 300 from one address, and 300 cancels');
      expect(message).toContain('lower spec.limits.maxOrdersPerMinute by 20 in all');
    }
  });

  it('is within the quota at the quota', () => {
    const budgets = desk({ name: 'a', orders: 200 }, { name: 'b', orders: 100 });
    expect(verdict(budgets, 'a')).toMatchObject({ status: 'False', reason: 'WithinQuota' });
  });

  it.each<[string, Wish]>([
    ['is on paper', { name: 'b', mode: 'paper' }],
    ['is killed', { name: 'b', isKilled: true }],
    ['is at another host', { name: 'b', baseUrl: 'https://proxy.example' }],
    ['may send none', { name: 'b', orders: 0 }],
  ])('leaves out one that %s', (_, other) => {
    const budgets = desk({ name: 'a', orders: 300 }, other);
    expect(verdict(budgets, 'a').status).toBe('False');
    expect(verdict(budgets, 'b').status).toBe('False');
  });

  it('counts what is in force: trickle for 30, and a rung that was not climbed not at all', () => {
    expect(shareOf(made({ name: 'a', mode: 'trickle', orders: 300 }))?.orders).toBe(30);
    const object = made({ name: 'a' });
    const rollback = { uid: object.metadata.uid, pending: [], latched: false };
    const onPaper = withStatus(object, { ladder: { reached: 'paper' }, rollback });
    expect(shareOf(onPaper)?.orders).toBe(30);
    expect(shareOf(withStatus(object, null))).toBeUndefined();
  });

  it('is looked at anew by all when the verdict turns, and by nobody else’s change otherwise', () => {
    const budgets = desk({ name: 'a', orders: 200 }, { name: 'far', baseUrl: 'https://p.example' });
    const saw = (wish: Wish) => {
      const object = made(wish);
      return budgets.saw(object.metadata, object).map(({ name }) => name);
    };
    expect(saw({ name: 'b', orders: 100 })).toEqual([]);
    expect(saw({ name: 'c', orders: 1 })).toEqual(['a', 'b', 'c']);
    expect(saw({ name: 'd', orders: 50 })).toEqual([]);
    expect(budgets.saw(key('d'), undefined)).toEqual([]);
    expect(budgets.saw(key('c'), undefined).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('is the same sum whatever happened before', () => {
    const wish = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      mode: fc.constantFrom<Mode>('paper', 'trickle', 'live'),
      orders: fc.nat(300),
      isKilled: fc.boolean(),
      isGone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(wish), (changes) => {
        const budgets = new VenueBudgets();
        const last = new Map<string, TradingExecutor>();
        for (const { isGone, ...one } of changes) {
          const object = isGone ? undefined : made(one);
          budgets.saw(key(one.name), object);
          if (object === undefined) last.delete(one.name);
          else last.set(one.name, object);
        }
        const fresh = new VenueBudgets();
        for (const [name, object] of last) fresh.saw(key(name), object);
        for (const name of ['a', 'b', 'c']) {
          expect(budgets.of(key(name))).toEqual(fresh.of(key(name)));
        }
      }),
    );
  });

  it('is a number while its verdict stays: told with the old one until numbers may be written', () => {
    const condition = (status: 'True' | 'False', message: string) => ({
      ...{ type: 'VenueBudgetExceeded', status, reason: 'r', message },
      ...{ lastTransitionTime: 't', observedGeneration: 1 },
    });
    const before = { conditions: [condition('True', '320 orders')] };
    const told = (status: 'True' | 'False') =>
      withOldNumbers(before, { conditions: [condition(status, '420 orders')] }).conditions;
    expect(told('True')).toEqual(before.conditions);
    expect(told('False')?.[0]?.message).toBe('420 orders');
  });
});
