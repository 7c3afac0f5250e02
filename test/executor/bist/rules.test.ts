import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../crds/clock.ts';
import type { Instrument } from '../../../executor/market/instrument.ts';
import { type Amount, decimal, parseAmount } from '../../../executor/order/amount.ts';
import { builtIn } from '../../../executor/venues/bist/calendar/built-in.ts';
import type { Calendar, SymbolNote } from '../../../executor/venues/bist/calendar/calendar.ts';
import type { Day } from '../../../executor/venues/bist/istanbul.ts';
import { instrumentOf } from '../../../executor/venues/bist/rules.ts';

const TODAY = '2026-11-24' as Day;
const noon = Date.parse(`${TODAY}T12:00:00+03:00`) as EpochMs;
const amount = (text: string): Amount => {
  const parsed = parseAmount(text);
  if (parsed === undefined) throw new Error(`${text} is no amount`);
  return parsed;
};

function reading(symbol: string, note?: SymbolNote) {
  const symbols: Calendar['symbols'] = note === undefined ? {} : { [symbol]: note };
  return instrumentOf({ ...builtIn, symbols }, symbol, noon);
}

function known(symbol: string, note?: SymbolNote): Instrument {
  const found = reading(symbol, note);
  if (found.kind !== 'known') throw new Error(`nothing is known of ${symbol}`);
  return found.instrument;
}

const tick = (symbol: string, price: string) => decimal(known(symbol).tickAt(amount(price)));
const base = (price: string, rest: SymbolNote = {}): SymbolNote => ({
  ...rest,
  basePrice: { day: TODAY, price },
});

function band(symbol: string, note?: SymbolNote): readonly string[] | undefined {
  const limits = known(symbol, note).band;
  return limits && [decimal(limits.low), decimal(limits.high)];
}

describe('the tick of a share', () => {
  it.each([
    ['0.01', '0.01'],
    ['19.99', '0.01'],
    ['20', '0.02'],
    ['49.98', '0.02'],
    ['50', '0.05'],
    ['99.95', '0.05'],
    ['100', '0.1'],
    ['249.9', '0.1'],
    ['250', '0.25'],
    ['499.75', '0.25'],
    ['500', '0.5'],
    ['999.5', '0.5'],
    ['1000', '1'],
    ['2499', '1'],
    ['2500', '2.5'],
    ['100000', '2.5'],
  ])('at %s TRY is %s', (price, step) => {
    expect(tick('GARAN.E', price)).toBe(step);
  });
});

describe('the tick of a fund', () => {
  it.each([
    ['49.99', '0.01'],
    ['50', '0.02'],
    ['99.98', '0.02'],
    ['100', '0.05'],
    ['250', '0.1'],
    ['500', '0.25'],
    ['1000', '0.5'],
    ['2499.5', '0.5'],
    ['2500', '1'],
  ])('at %s TRY is %s', (price, step) => {
    expect(tick('GLDTR.F', price)).toBe(step);
  });
});

describe('the rules of a symbol', () => {
  it('are whole lots of one share, limit orders, two decimals', () => {
    expect(known('GARAN.E')).toMatchObject({
      ...{ isTrading: true, methods: ['limit'], priceScale: 2, quantityScale: 0 },
      ...{ lot: amount('1'), minTotal: undefined, band: undefined },
    });
  });

  it('of a market without a tick table are unknown until its tick is noted', () => {
    expect(reading('F_X', { segment: 'viop' })).toMatchObject({ kind: 'unknown' });
    const noted = known('F_X', { segment: 'viop', tick: '0.0025' });
    expect(decimal(noted.tickAt(amount('7')))).toBe('0.0025');
    expect(noted.priceScale).toBe(4);
  });
});

describe('the band', () => {
  it.each<[string, string, SymbolNote | undefined, readonly string[] | undefined]>([
    ['unknown without a base price', 'A.E', undefined, undefined],
    ['10 % each way', 'A.E', base('10'), ['9', '11']],
    ['rounded inward to a step', 'A.E', base('10.03'), ['9.03', '11.03']],
    ['rounded by the step of where the limit is', 'A.E', base('19.5'), ['17.55', '21.44']],
    ['at a step that begins there', 'A.E', base('22.22'), ['20', '24.44']],
    ['of a fund', 'A.F', base('100.05'), ['90.06', '110.05']],
    ['50 % for rights', 'A.E', base('10', { segment: 'rights' }), ['5', '15']],
    ['none for warrants', 'A.E', base('10', { segment: 'warrant', tick: '0.01' }), undefined],
  ])('is %s', (_what, symbol, note, limits) => {
    expect(band(symbol, note)).toEqual(limits);
  });

  it('is not of another day', () => {
    const yesterday = { day: '2026-11-23' as Day, price: '10' };
    expect(band('A.E', { basePrice: yesterday })).toBeUndefined();
  });

  it('has limits that may be asked, and nothing that may be asked between them and 10 %', () => {
    const kurus = fc.integer({ min: 10, max: 1_000_000 }).map((n) => (n / 100).toFixed(2));
    fc.assert(
      fc.property(kurus, fc.constantFrom('A.E', 'A.F'), (price, symbol) => {
        const { band, tickAt } = known(symbol, base(price));
        const exact = amount(price);
        if (band === undefined) throw new Error('no band');
        const { low, high } = band;
        expect([low % tickAt(low), high % tickAt(high)]).toEqual([0n, 0n]);
        expect([low * 100n >= exact * 90n, high * 100n <= exact * 110n]).toEqual([true, true]);
        expect((low - tickAt((low - 1n) as Amount)) * 100n < exact * 90n).toBe(true);
        expect((high + tickAt(high)) * 100n > exact * 110n).toBe(true);
      }),
    );
  });
});
