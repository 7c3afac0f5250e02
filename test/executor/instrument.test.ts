import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { instrument } from '../../executor/guards/instrument.ts';
import type { Instrument } from '../../executor/market/instrument.ts';
import { ALWAYS_OPEN } from '../../executor/market/session.ts';
import { parseAmount } from '../../executor/order/amount.ts';
import { submit } from '../venue/client.ts';
import { anExecutor } from './an-executor.ts';
import { anything } from './instruments.ts';
import { type Rig, startExecutor } from './start-executor.ts';

const amount = (text: string) => {
  const parsed = parseAmount(text);
  if (parsed === undefined) throw new Error(`${text} is no amount`);
  return parsed;
};

const strict: Omit<Instrument, 'symbol'> = {
  ...anything,
  tickAt: (price) => amount(price < amount('100') ? '0.05' : '0.1'),
  priceScale: 2,
  quantityScale: 4,
  quoteScale: 2,
  minTotal: amount('99.91'),
  band: { low: amount('50'), high: amount('500') },
};

interface Change {
  readonly rules?: Partial<Instrument>;
  readonly type?: 'limit' | 'market';
  readonly quantity?: string;
  readonly price?: string | undefined;
  readonly spend?: string;
  readonly reference?: string;
}

function denialOf({ rules, type = 'limit', quantity = '2', price, spend, reference }: Change) {
  const sized =
    spend === undefined ? { quantity: amount(quantity) } : { quoteQuantity: amount(spend) };
  return instrument(
    {
      request: {
        ...{ symbol: 'X', side: spend === undefined ? 'sell' : 'buy', type, ...sized },
        ...(price === undefined ? {} : { price: amount(price) }),
      },
      ...{ mode: 'live', notional: amount('1'), session: ALWAYS_OPEN, ageMs: 0 },
      reference: reference === undefined ? undefined : amount(reference),
      instrument: { kind: 'known', instrument: { ...strict, symbol: 'X', ...rules } },
    },
    undefined as never,
  );
}

describe('the rules of an instrument', () => {
  it.each<[string, Change, string | undefined, object?]>([
    ['all kept', { price: '50.05' }, undefined],
    ['no trading', { price: '60', rules: { isTrading: false } }, 'SYMBOL_NOT_TRADING'],
    [
      'a method that is closed',
      { type: 'market', rules: { methods: ['limit'] } },
      'METHOD_NOT_SUPPORTED',
      { allowed: ['limit'] },
    ],
    [
      'between two ticks',
      { price: '60.03' },
      'TICK_SIZE',
      { tick: '0.05', nearest: ['60', '60.05'] },
    ],
    [
      'a wider tick above',
      { price: '100.05' },
      'TICK_SIZE',
      { tick: '0.1', nearest: ['100', '100.1'] },
    ],
    ['too many decimals', { price: '60.001' }, 'PRICE_SCALE', { nearest: ['60', '60.05'] }],
    [
      'a fraction where none is taken, whatever the tick',
      { price: '60.5', rules: { priceScale: 0, tickAt: () => amount('0.01') } },
      'PRICE_SCALE',
      { decimals: 0, nearest: ['60', '61'] },
    ],
    [
      'below the first step',
      { price: '0.003', rules: { band: undefined } },
      'PRICE_SCALE',
      { nearest: ['0.05'] },
    ],
    [
      'a quantity with too many decimals',
      { price: '60', quantity: '2.00001' },
      'QUANTITY_SCALE',
      { field: 'quantity', decimals: 4, nearest: ['2', '2.0001'] },
    ],
    [
      'an amount to spend with too many decimals',
      { type: 'market', spend: '100.001' },
      'QUANTITY_SCALE',
      { field: 'quoteQuantity', decimals: 2 },
    ],
    ['a broken lot', { price: '60', rules: { lot: amount('5') } }, 'LOT_SIZE', { nearest: ['5'] }],
    [
      'exactly enough',
      { price: '60', quantity: '1.6652', rules: { minTotal: amount('99.912') } },
      undefined,
    ],
    [
      'a hair too little',
      { price: '60', quantity: '1.6651' },
      'MIN_TOTAL',
      { total: '99.906', minTotal: '99.91' },
    ],
    ['too little to spend', { type: 'market', spend: '99.9' }, 'MIN_TOTAL'],
    ['a market sell of too little', { type: 'market', reference: '49' }, 'MIN_TOTAL'],
    ['a market sell of enough', { type: 'market', reference: '50' }, undefined],
    ['a market sell nobody can value', { type: 'market' }, undefined],
    ['the lowest price', { price: '50' }, undefined],
    [
      'below the lowest',
      { price: '49.95', quantity: '3' },
      'PRICE_BAND',
      { low: '50', high: '500' },
    ],
    ['above the highest', { price: '500.1' }, 'PRICE_BAND'],
  ])('%s', (_what, change, code, details = {}) => {
    const denied = denialOf(change);
    expect(denied?.code).toBe(code);
    expect(denied?.details ?? {}).toMatchObject(details);
  });
});

let rig: Rig;
afterEach(() => rig?.stop());

const whitelist = ['BTCTRY', 'BTCUSDT', 'USDTTRY', 'ETHTRY', 'ETHUSDT', 'LDOUSDT', 'DOGETRY'];

describe('what the executor lets pass and what the venue takes', () => {
  /** Prices around the bounds of each pair, and quantities around the smallest total. */
  const near: Record<string, readonly [price: number, digits: number]> = {
    BTCTRY: [4_200_000, 2],
    BTCUSDT: [100_000, 1],
    USDTTRY: [42, 4],
    ETHTRY: [140_000, 3],
    ETHUSDT: [3_333, 2],
    LDOUSDT: [1.994, 4],
  };
  const order = fc
    .record({
      symbol: fc.constantFrom(...Object.keys(near)),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      type: fc.constantFrom('limit' as const, 'limit' as const, 'market' as const),
      factor: fc.oneof(
        fc.double({ min: 0.9, max: 1.1, noNaN: true }),
        fc.constantFrom(0.1, 10, 0.0999, 10.01),
      ),
      priceDigits: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
      isOnTick: fc.boolean(),
      total: fc.double({ min: 0.9, max: 1.5, noNaN: true }),
      digits: fc.constantFrom(0, 1, 2, 4, 6, 7, 8, 8, 9),
    })
    .map((drawn) => {
      const [base, most] = near[drawn.symbol] ?? [1, 0];
      const digits = Math.min(drawn.priceDigits, most);
      const rough = base * drawn.factor;
      const price =
        drawn.isOnTick && base > 1_000
          ? String(Math.round(rough / 10) * 10)
          : rough.toFixed(digits);
      const least = drawn.symbol.endsWith('TRY') ? 99.91 : 2.5;
      const spends = drawn.type === 'market' && drawn.side === 'buy';
      const quantity = ((least * drawn.total) / (spends ? 1 : Number(price))).toFixed(drawn.digits);
      const { symbol, side, type } = drawn;
      return { symbol, side, type, price, quantity, spends };
    })
    .filter(({ quantity, price }) => Number(quantity) > 0 && Number(price) > 0);

  it('are the same, for random orders', async () => {
    rig = await startExecutor({
      object: anExecutor('live', { whitelist }),
      venue: {
        settings: { limiter: false, crossing: 'rest' },
        balances: {
          TRY: '999999999',
          USDT: '999999999',
          BTC: '99999',
          ETH: '99999',
          LDO: '9999999',
        },
      },
    });
    const told = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(order, async ({ symbol, side, type, price, quantity, spends }) => {
        const ours = await rig.call('POST', '/place', {
          body: {
            ...{ symbol, side, type, dryRun: true },
            ...(spends ? { quoteQuantity: quantity } : { quantity }),
            ...(type === 'limit' ? { price } : {}),
          },
          headers: { 'idempotency-key': 'dry' },
        });
        const changes = { pairSymbol: symbol, orderType: side, orderMethod: type, quantity, price };
        const venues = await submit(rig.venue.url, changes);
        const [code, message] = [ours.body.error?.code ?? 'passed', venues.json.message];
        expect([200, 422], JSON.stringify(ours.body)).toContain(ours.status);
        expect([code === 'passed', code], message).toEqual([venues.status === 200, code]);
        expect(kinds[code], `${code} for ${message}`).toContain(message);
        told.set(code, (told.get(code) ?? 0) + 1);
      }),
      { numRuns: 400, seed: 7 },
    );
    expect([...told.keys()].sort()).toEqual(Object.keys(kinds).sort());
    expect(told.get('passed')).toBeGreaterThan(40);
  }, 30_000);

  /** Our word and those of the venue's that mean the same. */
  const kinds: Record<string, readonly string[]> = {
    passed: ['SUCCESS'],
    METHOD_NOT_SUPPORTED: ['FAILED_MARKET_ORDER'],
    QUANTITY_SCALE: ['FAILED_INVALID_QUANTITY_SCALE'],
    PRICE_SCALE: ['FAILED_INVALID_PRICE_SCALE'],
    TICK_SIZE: ['FAILED_INVALID_PRICE_SCALE'],
    MIN_TOTAL: ['FAILED_MIN_TOTAL_AMOUNT'],
    PRICE_BAND: [
      ...['ORDER_MIN_PRICE_EXCEEDED', 'ORDER_MAX_PRICE_EXCEEDED'],
      'PRICE_MUST_BE_LESS_THAN_MAXPRICE',
    ],
  };

  it('differ for no mode: on paper the venue’s rules hold as well', async () => {
    rig = await startExecutor({ object: anExecutor('paper', { whitelist }), credentials: null });
    const odd = await rig.place({ price: '1000001' });
    expect([odd.status, odd.body.error.code]).toEqual([422, 'TICK_SIZE']);
    expect(odd.body.error.details).toEqual({ tick: '10', nearest: ['1000000', '1000010'] });
    const unlisted = await rig.place({ symbol: 'DOGETRY' });
    expect([unlisted.status, unlisted.body.error.code]).toEqual([422, 'UNKNOWN_SYMBOL']);
    expect((await rig.place()).status).toBe(201);
  });
});
