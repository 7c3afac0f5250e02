import type { EpochMs } from '../../../crds/clock.ts';
import type { Instrument, InstrumentReading } from '../../market/instrument.ts';
import { type Amount, parseAmount, whole } from '../../order/amount.ts';
import type { Calendar, SegmentName } from './calendar/calendar.ts';
import { dayOf } from './istanbul.ts';
import { segmentOf } from './segments.ts';
import { priceOn } from './session.ts';

/** The step of prices around a price. */
type Ticks = (price: Amount) => Amount;

const END = Number.POSITIVE_INFINITY;

/** Shares, rights and certificates, since 2023-11-06. */
const shareTicks = ticks([
  [20, '0.01'],
  [50, '0.02'],
  [100, '0.05'],
  [250, '0.10'],
  [500, '0.25'],
  [1_000, '0.50'],
  [2_500, '1.00'],
  [END, '2.50'],
]);

/** Exchange-traded, real-estate and venture-capital funds, since 2023-11-06. */
const fundTicks = ticks([
  [50, '0.01'],
  [100, '0.02'],
  [250, '0.05'],
  [500, '0.10'],
  [1_000, '0.25'],
  [2_500, '0.50'],
  [END, '1.00'],
]);

interface PriceRules {
  /** undefined: no table is known to us, so the calendar must note the symbol's tick. */
  readonly ticks: Ticks | undefined;
  /** How far a price may be from the base price, either way; undefined where it is free. */
  readonly bandPercent: number | undefined;
}

const shares: PriceRules = { ticks: shareTicks, bandPercent: 10 };
const derivatives: PriceRules = { ticks: undefined, bandPercent: undefined };

/** 10 % since March 2020, "until further notice"; a table by segment, so that one line changes it. */
const priceRules: Readonly<Record<SegmentName, PriceRules>> = {
  equity: shares,
  'watch-list': shares,
  'call-only': shares,
  etf: { ticks: fundTicks, bandPercent: 10 },
  rights: { ticks: shareTicks, bandPercent: 50 },
  warrant: { ticks: undefined, bandPercent: undefined },
  viop: derivatives,
  'viop-evening': derivatives,
};

/**
 * The price and size rules of a symbol on the day of `now`. No order can be at market: nothing here
 * knows what the market pays. Without a base price noted for the day there is no band. Pure.
 */
export function instrumentOf(calendar: Calendar, symbol: string, now: EpochMs): InstrumentReading {
  const rules = priceRules[segmentOf(calendar, symbol)];
  const note = calendar.symbols[symbol];
  const noted = note?.tick === undefined ? undefined : parseAmount(note.tick);
  const tickAt = noted === undefined ? rules.ticks : () => noted;
  if (tickAt === undefined) {
    const why = `no tick is known for ${symbol}; note it in the calendar under symbols`;
    return { kind: 'unknown', why };
  }
  const base = priceOn(note?.basePrice, dayOf(now));
  const known: Instrument = {
    symbol,
    isTrading: true,
    methods: ['limit'],
    tickAt,
    priceScale: note?.tick === undefined ? 2 : decimalsOf(note.tick),
    quantityScale: 0,
    quoteScale: 2,
    lot: whole(1),
    minTotal: undefined,
    band:
      base === undefined || rules.bandPercent === undefined
        ? undefined
        : band(base, rules.bandPercent, tickAt),
  };
  return { kind: 'known', instrument: known };
}

const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0;

/** A price below the first number moves in steps of the second; the last row has no end. */
function ticks(table: readonly (readonly [below: number, tick: string])[]): Ticks {
  const rows = table.map(([below, tick]) => ({
    below: below === END ? undefined : whole(below),
    tick: parseAmount(tick) as Amount,
  }));
  return (price) => {
    const row = rows.find(({ below }) => below === undefined || price < below);
    if (row === undefined) throw new Error('a tick table without an end');
    return row.tick;
  };
}

/** Both limits are prices that may be asked: rounded inward, to a step of where they are. */
function band(
  base: Amount,
  percent: number,
  tickAt: Ticks,
): { readonly low: Amount; readonly high: Amount } {
  const span = base * BigInt(percent);
  const exactLow = (base * 100n - span + 99n) / 100n;
  const exactHigh = (base * 100n + span) / 100n;
  const lowTick = tickAt(exactLow as Amount);
  const highTick = tickAt(exactHigh as Amount);
  const low = ((exactLow + lowTick - 1n) / lowTick) * lowTick;
  return { low: low as Amount, high: ((exactHigh / highTick) * highTick) as Amount };
}
