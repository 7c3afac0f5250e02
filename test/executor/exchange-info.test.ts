import { afterEach, describe, expect, it } from 'vitest';
import { decimal } from '../../executor/order/amount.ts';
import { ExchangeInfo } from '../../executor/venues/btcturk/exchange-info.ts';
import { exactDecimal, instrumentOf, symbolRows } from '../../executor/venues/btcturk/symbols.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { anExecutor } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

/** A row as the venue writes it: JSON numbers for the limits, texts for the filter. */
const row = (limits = '"maximumLimitOrderPrice":5838790.0,"minimumLimitOrderPrice":58387.9') => `
  {"name":"BTCTRY","status":"TRADING","numeratorScale":8,"denominatorScale":2,"hasFraction":false,
   "filters":[{"filterType":"PRICE_FILTER","minPrice":"0.0000000000001","maxPrice":"10000000",
     "tickSize":"10","minExchangeValue":"99.91","minAmount":null,"maxAmount":null}],
   "orderMethods":["MARKET","LIMIT","STOP_MARKET","STOP_LIMIT"],"maximumOrderAmount":null,${limits}}`;
const answer = (...rows: string[]) => `{"data":{"symbols":[${rows.join()}]},"success":true}`;
const read = (text: string) => instrumentOf(symbolRows(text)?.get('BTCTRY'));
const bandOf = (limits: string) => {
  const band = read(answer(row(limits)))?.band;
  return band === undefined ? undefined : [decimal(band.low), decimal(band.high)];
};

describe('exchangeinfo', () => {
  it('is read as it is meant: whole prices without fraction, the narrower limits', () => {
    const rules = read(answer(row()));
    expect(rules).toMatchObject({
      ...{ symbol: 'BTCTRY', isTrading: true, methods: ['market', 'limit'] },
      ...{ priceScale: 0, quantityScale: 8, quoteScale: 2, lot: undefined },
    });
    expect(decimal(rules?.tickAt(0n as never) ?? (0n as never))).toBe('10');
    expect(decimal(rules?.minTotal ?? (0n as never))).toBe('99.91');
    expect(bandOf('"maximumLimitOrderPrice":5838790.0,"minimumLimitOrderPrice":58387.9')).toEqual([
      '58387.9',
      '5838790',
    ]);
    expect(bandOf('"maximumLimitOrderPrice":null')).toEqual(['0.0000000000001', '10000000']);
  });

  it('keeps digits that a JSON number would lose', () => {
    const many = '"minimumLimitOrderPrice": 1234567.1234567890123456,"maximumLimitOrderPrice":9e6';
    expect(bandOf(many)).toEqual(['1234567.1234567890123456', '9000000']);
  });

  it.each([
    ['5838790.0', 'up', '5838790'],
    ['0.0000000000001', 'up', '0.0000000000001'],
    ['1e-13', 'up', '0.0000000000001'],
    ['12.5E+3', 'up', '12500'],
    ['125e-4', 'up', '0.0125'],
    ['1e-17', 'up', '0.0000000000000001'],
    ['1e-17', 'down', '0'],
    ['0.12345678901234569', 'down', '0.1234567890123456'],
    ['1e12', 'down', undefined],
    ['-1', 'up', undefined],
    ['NaN', 'up', undefined],
  ] as const)('%s rounded %s is %s', (text, rounding, expected) => {
    const value = exactDecimal(text, rounding);
    expect(value === undefined ? undefined : decimal(value)).toBe(expected);
  });

  it.each([
    ['no tick', row().replace('"tickSize":"10"', '"tickSize":null')],
    ['a tick of nothing', row().replace('"tickSize":"10"', '"tickSize":"0"')],
    ['no filter', row().replace('PRICE_FILTER', 'OTHER')],
    ['no scale', row().replace('"numeratorScale":8', '"numeratorScale":"8"')],
    ['a limit that is no number', row('"maximumLimitOrderPrice":"much"')],
  ])('with %s tells nothing of that symbol', (_what, text) => {
    expect(read(answer(text))).toBeUndefined();
  });

  it('is no answer when it is a page, cut off, or without symbols', () => {
    for (const text of ['<html></html>', answer(row()).slice(0, -9), '{"data":{"symbols":[]}}']) {
      expect(symbolRows(text)).toBeUndefined();
    }
  });
});

describe('what is known of instruments', () => {
  function known() {
    const clock = new ManualClock();
    const venue = { rows: symbolRows(answer(row(), '{"name":"ODD"}')), asked: 0 };
    const info = new ExchangeInfo({
      clock,
      random: () => 0.5,
      source: {
        symbols: async () => {
          venue.asked += 1;
          return venue.rows;
        },
      },
    });
    const stop = new AbortController();
    void info.run(stop.signal);
    return { clock, venue, info, stop };
  }

  it('is refreshed every minute, and tells unlisted symbols from unreadable ones', async () => {
    const { clock, venue, info, stop } = known();
    expect(info.reading('BTCTRY').kind).toBe('unknown');
    await clock.advance(0);
    expect(['BTCTRY', 'NOPE', 'ODD'].map((name) => info.reading(name).kind)).toEqual([
      'known',
      'unlisted',
      'unknown',
    ]);
    venue.rows = symbolRows(answer(row().replace('TRADING', 'HALTED')));
    await clock.advance(60_000);
    expect(info.reading('BTCTRY')).toMatchObject({ instrument: { isTrading: false } });
    expect([venue.asked, info.ageMs()]).toEqual([2, 0]);
    stop.abort(new Error('done'));
  });

  it('outlives a silent venue for 15 minutes, not longer, and heals', async () => {
    const { clock, venue, info, stop } = known();
    await clock.advance(0);
    const { rows } = venue;
    venue.rows = undefined;
    await clock.advance(15 * 60_000);
    expect(info.reading('BTCTRY').kind).toBe('known');
    await clock.advance(1);
    expect(info.reading('BTCTRY')).toMatchObject({ kind: 'unknown' });
    venue.rows = rows;
    await clock.advance(30_000);
    expect(info.reading('BTCTRY').kind).toBe('known');
    // Asked again and again meanwhile, less and less often.
    expect(venue.asked).toBeLessThan(45);
    stop.abort(new Error('done'));
  });
});

let rig: Rig;
afterEach(() => rig?.stop());

describe('an executor that has not read the venue’s rules', () => {
  it.each(['live', 'paper'] as const)('places nothing in mode %s until it has', async (mode) => {
    const simulator = await startBtcturk();
    const fault = simulator.control.addFault({ route: 'exchangeinfo', kind: 'unavailable' });
    rig = await startExecutor({ object: anExecutor(mode), simulator, untilOpen: false });
    await rig.until(({ gate }) => gate === 'open');
    await expect.poll(() => rig.metric('spark_clock_drift_seconds')).not.toBeNaN();
    const refused = await rig.place();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'EXCHANGE_INFO_UNKNOWN']);
    // Not NaN: one that never gets them has to page too.
    expect(await rig.metric('spark_exchange_info_age_seconds')).toBeGreaterThan(0);
    simulator.control.removeFaults(fault);
    await expect.poll(() => rig.place().then(({ status }) => status), { timeout: 4_000 }).toBe(201);
    expect(await rig.metric('spark_exchange_info_age_seconds')).toBeLessThan(2);
  });
});
