import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { parseRequest } from '../../executor/http/place-body.ts';
import {
  type Amount,
  amountOfNumber,
  decimal,
  over,
  parseAmount,
  times,
  whole,
} from '../../executor/order/amount.ts';
import type { Order, OrderEvent, OrderId, StateName } from '../../executor/order/order.ts';
import { transition } from '../../executor/order/transition.ts';

const at = 1_767_225_600_000 as EpochMs;
const terms: Order['terms'] = {
  ...{ id: 'o' as OrderId, caller: 'c', key: 'k', bodyHash: 'h', symbol: 'BTCTRY', side: 'buy' },
  ...{ type: 'limit', quantity: whole(2), price: whole(3), mode: 'live' },
  ...{ notionalTry: whole(6), receivedAt: at },
};

function anOrder(state: StateName): Order {
  const base = { terms, updatedAt: at };
  const traded = { venueId: '7', filled: whole(0) };
  switch (state) {
    case 'received':
      return { ...base, state };
    case 'dropped':
      return { ...base, state, code: 'ORDER_TOO_OLD', message: '' };
    case 'sent':
      return { ...base, state, sentAt: at };
    case 'unknown':
      return { ...base, state, since: at, cause: '' };
    case 'presumed-absent':
      return { ...base, state, since: at, watched: true };
    case 'rejected':
      return { ...base, state, errorClass: 'rejected', message: '' };
    default:
      return { ...base, state, ...traded };
  }
}

const seen = (status: 'open' | 'filled' | 'canceled', filled = whole(0)): OrderEvent => ({
  kind: 'seen',
  view: { venueId: '7', status, filled },
});
const lost: OrderEvent = { kind: 'lost', cause: 'x' };
const rejected: OrderEvent = { kind: 'rejected', errorClass: 'rejected', message: 'x' };
const dropped: OrderEvent = { kind: 'dropped', code: 'ORDER_TOO_OLD', message: 'x' };

describe('transition', () => {
  it.each<[StateName, string, OrderEvent, StateName | 'illegal']>([
    ['received', 'dropped', dropped, 'dropped'],
    ['received', 'sent', { kind: 'sent' }, 'sent'],
    ['received', 'lost to a crash', lost, 'unknown'],
    ['received', 'rejected', rejected, 'illegal'],
    ['sent', 'acknowledged', seen('open'), 'working'],
    ['sent', 'filled at once', seen('filled', whole(2)), 'filled'],
    ['sent', 'rejected', rejected, 'rejected'],
    ['sent', 'lost', lost, 'unknown'],
    ['sent', 'dropped', dropped, 'illegal'],
    ['unknown', 'found open', seen('open'), 'working'],
    ['unknown', 'found canceled', seen('canceled'), 'canceled'],
    ['unknown', 'not found for long', { kind: 'presumed-absent' }, 'presumed-absent'],
    ['unknown', 'sent', { kind: 'sent' }, 'illegal'],
    ['presumed-absent', 'found after all', seen('open'), 'working'],
    ['presumed-absent', 'found cancelled', seen('canceled'), 'canceled'],
    ['presumed-absent', 'not watched any more', { kind: 'unwatched' }, 'presumed-absent'],
    ['working', 'filled', seen('filled', whole(2)), 'filled'],
    ['working', 'lost', lost, 'illegal'],
    ['canceled', 'filled by a late trade', seen('filled', whole(2)), 'filled'],
    ['canceled', 'seen open by an old answer', seen('open'), 'illegal'],
    ['filled', 'canceled', seen('canceled'), 'illegal'],
    ['dropped', 'sent', { kind: 'sent' }, 'illegal'],
    ['rejected', 'found open, whatever the venue had said', seen('open'), 'working'],
  ])('%s order that is %s', (from, _what, event, to) => {
    const next = transition(anOrder(from), event, at);
    expect('illegal' in next ? 'illegal' : next.state).toBe(to);
  });

  it('never takes a fill back', () => {
    const partly = transition(anOrder('working'), seen('open', whole(1)), at) as Order;
    expect(transition(partly, seen('open', whole(0)), at)).toMatchObject({ filled: whole(1) });
  });

  it('keeps the place outcome as it was first written', () => {
    const placed = { outcome: 'unknown', errorClass: 'timeout', latencyMs: 5, at } as const;
    const once = transition(anOrder('unknown'), { kind: 'placed', placed }, at) as Order;
    const other = { ...placed, outcome: 'acked' } as const;
    expect(transition(once, { kind: 'placed', placed: other }, at)).toHaveProperty('illegal');
    expect(transition(once, seen('open'), at)).toMatchObject({ state: 'working', placed });
  });
});

describe('amounts', () => {
  it.each(['0', '1', '0.0001', '123456789012.1234567890123456'])('%s stays what it is', (text) => {
    expect(decimal(parseAmount(text) as Amount)).toBe(text);
  });

  it.each(['', '-1', '1e3', '1.', '.5', '1,5', '0.12345678901234567', '1234567890123', ' 1'])(
    '%j is no amount',
    (text) => expect(parseAmount(text)).toBeUndefined(),
  );

  it('reads the venue’s JSON numbers, small ones too', () => {
    expect(decimal(amountOfNumber(1e-7) as Amount)).toBe('0.0000001');
    expect(decimal(amountOfNumber(5838790.5) as Amount)).toBe('5838790.5');
    expect(amountOfNumber(Number.NaN)).toBeUndefined();
  });

  it('never understates a notional, never overstates a quantity', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 26n }).map((units) => units as Amount);
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(times(a, b) * 10n ** 16n >= a * b).toBe(true);
        expect(over(a, b) * b <= a * 10n ** 16n).toBe(true);
      }),
    );
  });
});

describe('a place request', () => {
  const good = { symbol: 'BTCTRY', side: 'buy', type: 'limit', quantity: '1', price: '2' };
  it.each([
    [{ ...good, quantity: undefined }, 'quantity'],
    [{ ...good, quoteQuantity: '5' }, 'quoteQuantity'],
    [{ ...good, type: 'market' }, 'quoteQuantity'],
    [{ ...good, side: 'sell', type: 'market' }, 'price'],
    [{ ...good, side: 'hold' }, 'side'],
    [{ ...good, quantity: '0' }, 'quantity'],
    [{ ...good, symbol: 'btc try' }, 'symbol'],
    [{ ...good, leverage: 10 }, 'leverage'],
    [undefined, ''],
    ['text', ''],
  ])('%j is refused for %j', (body, field) => {
    const parsed = parseRequest(body);
    expect(parsed.ok ? [] : parsed.faults.map((fault) => fault.field)).toContain(field);
  });
});
