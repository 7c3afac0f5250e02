import { describe, expect, it } from 'vitest';
import type { Mode } from '../../crds/trading-executor.ts';
import { chain, firstDenial, lastGate } from '../../executor/guards/chain.ts';
import type { Desk, Proposal } from '../../executor/guards/guard.ts';
import { limitsOf } from '../../executor/guards/guard.ts';
import { ALWAYS_OPEN, type Session } from '../../executor/market/session.ts';
import { type Amount, whole } from '../../executor/order/amount.ts';
import type { VenueHold } from '../../executor/venues/market.ts';
import { anExecutor } from './an-executor.ts';
import { anything } from './instruments.ts';

const usage = (used: number) => ({ used: whole(used), waitMs: () => 1 });

function aDesk(change: Partial<Desk> = {}): Desk {
  const { spec } = anExecutor('live');
  return {
    gate: { open: true, reasons: [], killed: false, mode: 'live' },
    spec,
    limits: limitsOf(spec, 'live'),
    whitelist: ['BTCTRY'],
    drift: { kind: 'measured', offsetMs: 0, roundTripMs: 1 },
    ordersPerMinute: { used: 0n as Amount, waitMs: () => 1 },
    notionalPerSecond: usage(0),
    repeats: { count: () => 0, waitMs: () => 1 },
    open: { orders: 0, notional: whole(0) },
    venueHold: undefined,
    diskFree: 0.5,
    ...change,
  };
}

function aProposal(change: Partial<Proposal> = {}): Proposal {
  const request = { symbol: 'BTCTRY', side: 'buy', type: 'limit', price: whole(100) } as const;
  return {
    request,
    mode: 'live',
    notional: whole(100),
    reference: whole(100),
    instrument: { kind: 'known', instrument: { ...anything, symbol: 'BTCTRY' } },
    session: ALWAYS_OPEN,
    ageMs: 0,
    ...change,
  };
}

const shutBy = (...reasons: Desk['gate']['reasons']) => ({
  gate: { open: false, reasons, killed: false, mode: 'live' as Mode },
});
const { spec } = anExecutor('live');
const limited = (limits: object) => ({ spec: { ...spec, limits: { ...spec.limits, ...limits } } });
const wide = { ...spec, clock: { maxDriftMs: 60_000 } };
const bist = { spec: { ...spec, venue: { ...spec.venue, name: 'bist' as const } } };

const moment = { phase: 'at-close', matching: { kind: 'rests' }, ordersSince: undefined } as const;
const closed: Session = { ...moment, kind: 'closed', nextOpen: undefined };
const atClose = (price: number | undefined): Session => ({
  ...{ ...moment, kind: 'open' },
  matching: { kind: 'closing-price', price: price === undefined ? undefined : whole(price) },
});

describe('the chain', () => {
  it.each<[string, Partial<Desk>, Partial<Proposal>, string | undefined]>([
    ['nothing wrong', {}, {}, undefined],
    ['killed', shutBy('KillSwitch'), {}, 'KILL_SWITCH_ACTIVE'],
    ['killed and blind', shutBy('KillSwitch', 'Blind'), {}, 'KILL_SWITCH_ACTIVE'],
    ['blind', shutBy('Blind'), {}, 'CONTROL_BLIND'],
    ['draining', shutBy('Draining'), {}, 'DRAINING'],
    ['a venue without adapter', bist, {}, 'MODE_NOT_SUPPORTED'],
    ['a venue without adapter, paper', bist, { mode: 'paper' }, undefined],
    ['not in the whitelist', { whitelist: [] }, {}, 'SYMBOL_NOT_ALLOWED'],
    ['a disk with 10 % free', { diskFree: 0.1 }, {}, undefined],
    ['a disk with less', { diskFree: 0.0999 }, {}, 'DISK_ALMOST_FULL'],
    ['a disk nobody could read', { diskFree: undefined }, {}, undefined],
    ['out of session', {}, { session: closed }, 'OUT_OF_SESSION'],
    [
      'not in the whitelist, out of session',
      { whitelist: [] },
      { session: closed },
      'SYMBOL_NOT_ALLOWED',
    ],
    ['out of session, drift', { drift: measured(9_000) }, { session: closed }, 'OUT_OF_SESSION'],
    ['at close, the price unknown', {}, { session: atClose(undefined) }, 'NO_CLOSING_PRICE'],
    ['at close, another price', {}, { session: atClose(99) }, 'NOT_CLOSING_PRICE'],
    ['at close, its price', {}, { session: atClose(100) }, undefined],
    ['drift of 2000 ms', { drift: measured(2_000) }, {}, undefined],
    ['drift of -2001 ms', { drift: measured(-2_001) }, {}, 'CLOCK_DRIFT'],
    ['drift of 3000 ms, paper', { drift: measured(3_000) }, { mode: 'paper' }, undefined],
    ['drift within a wide guard', { drift: measured(4_999), spec: wide }, {}, undefined],
    ['drift beyond the fence', { drift: measured(5_000), spec: wide }, {}, 'CLOCK_DRIFT'],
    ['no drift known', { drift: { kind: 'unmeasured', why: '' } }, {}, 'CLOCK_UNMEASURED'],
    ['an open breaker', held('breaker'), {}, 'VENUE_BREAKER_OPEN'],
    ['an open breaker, paper', held('breaker'), { mode: 'paper' }, undefined],
    ['a venue that asked for a pause', held('rate-limit'), {}, 'VENUE_RATE_LIMITED'],
    ['a price 5 % off', limited({ priceCollarPercent: 5 }), { reference: whole(105) }, undefined],
    [
      'a price 6 % off',
      limited({ priceCollarPercent: 5 }),
      { reference: whole(107) },
      'PRICE_COLLAR',
    ],
    ['a cap of one order', limited({ maxNotionalTryPerOrder: 100 }), {}, undefined],
    ['above it', limited({ maxNotionalTryPerOrder: 99 }), {}, 'NOTIONAL_PER_ORDER'],
    ['exactly the quantity of one order', capped('0.5'), quantity(0.5), undefined],
    ['a little more', capped('0.4999'), quantity(0.5), 'QUANTITY_PER_ORDER'],
    ['more of another symbol', capped('0.1', 'BTCUSDT'), quantity(0.5), undefined],
    ['a market buy for as much', capped('2'), marketBuy(200), undefined],
    ['a market buy for more', capped('2'), marketBuy(201), 'QUANTITY_PER_ORDER'],
    [
      'a market buy at no known price',
      capped('2'),
      { ...marketBuy(1), reference: undefined },
      'NO_REFERENCE_PRICE',
    ],
    ['the last of its kind', repeated(2), {}, undefined],
    ['one of its kind too many', repeated(3), {}, 'REPEATED_ORDER'],
    ['as many open as allowed', { ...limited({ maxOpenOrders: 0 }) }, {}, 'OPEN_ORDERS_LIMIT'],
    ['too much open', limited({ maxOpenNotionalTry: 99 }), {}, 'OPEN_NOTIONAL_LIMIT'],
    ['exactly as much open', limited({ maxOpenNotionalTry: 100 }), {}, undefined],
    ['the last order of a minute', { ordersPerMinute: orders(299) }, {}, undefined],
    ['one order too many', { ordersPerMinute: orders(300) }, {}, 'ORDERS_PER_MINUTE'],
    ['the last TRY of a second', { notionalPerSecond: usage(999_900) }, {}, undefined],
    ['one TRY too many', { notionalPerSecond: usage(999_901) }, {}, 'NOTIONAL_PER_SECOND'],
    ['larger than a second', {}, { notional: whole(1_000_001) }, 'NOTIONAL_PER_ORDER'],
  ])('%s', (_what, desk, proposal, code) => {
    expect(firstDenial(chain, aProposal(proposal), aDesk(desk))?.code).toBe(code);
  });

  it('asks the last gate about age, the session and a mode that was lowered, too', () => {
    const last = (proposal: Partial<Proposal>, mode: Mode) => {
      const gate = { open: true, reasons: [], killed: false, mode };
      return firstDenial(lastGate, aProposal(proposal), aDesk({ gate }))?.code;
    };
    expect(last({}, 'live')).toBeUndefined();
    expect(last({ ageMs: 5_000 }, 'live')).toBe('ORDER_TOO_OLD');
    expect(last({ mode: 'live' }, 'trickle')).toBe('MODE_LOWERED');
    expect(last({ mode: 'paper' }, 'live')).toBeUndefined();
    expect(last({ session: closed }, 'live')).toBe('OUT_OF_SESSION');
  });

  it('caps trickle at the stricter of the spec and 30 a minute, 500 TRY a second', () => {
    expect(limitsOf(spec, 'trickle')).toMatchObject({
      maxOrdersPerMinute: 30,
      maxNotionalTryPerSecond: 500,
    });
    const strict = { ...spec, limits: { ...spec.limits, maxOrdersPerMinute: 2 } };
    expect(limitsOf(strict, 'trickle').maxOrdersPerMinute).toBe(2);
    expect(limitsOf(spec, 'live').maxOrdersPerMinute).toBe(300);
  });
});

function capped(quantity: string, symbol = 'BTCTRY') {
  return limited({ maxQuantityPerOrder: [{ symbol, quantity }] });
}

function quantity(units: number): Partial<Proposal> {
  const tenth = BigInt(Math.round(units * 10)) * 10n ** 15n;
  return { request: { ...aProposal().request, quantity: tenth as Amount } };
}

function marketBuy(quote: number): Partial<Proposal> {
  const request = { symbol: 'BTCTRY', side: 'buy', type: 'market' } as const;
  return { request: { ...request, quoteQuantity: whole(quote) } };
}

function repeated(count: number) {
  const rule = limited({ repeatedOrders: { max: 3, within: '10s' } });
  return { ...rule, repeats: { count: () => count, waitMs: () => 1 } };
}

function held(kind: VenueHold['kind']): Partial<Desk> {
  return { venueHold: { kind, why: '', retryAfterMs: 1 } };
}

function measured(offsetMs: number): Desk['drift'] {
  return { kind: 'measured', offsetMs, roundTripMs: 1 };
}

function orders(used: number) {
  return { used: BigInt(used) as Amount, waitMs: () => 1 };
}
