import type { Instrument } from '../../market/instrument.ts';
import { type Amount, parseAmount, whole } from '../../order/amount.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The only prices that come as JSON numbers: as texts they keep every digit. */
const LIMIT_PRICE = /"(minimum|maximum)LimitOrderPrice":\s*(\d[\d.eE+-]*)/g;

/**
 * The rows of `server/exchangeinfo` by symbol, not looked into yet; undefined when the text is not
 * that. 350 KB take about a millisecond: a reviver that keeps digits would take five.
 */
export function symbolRows(text: string): ReadonlyMap<string, unknown> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(LIMIT_PRICE, '"$1LimitOrderPrice":"$2"'));
  } catch {
    return undefined; // a CDN's HTML page, or a cut-off body
  }
  const data = isFields(parsed) ? parsed.data : undefined;
  const rows = isFields(data) ? data.symbols : undefined;
  if (!Array.isArray(rows) || rows.length === 0) return undefined;
  const named = rows.filter(isFields).filter(({ name }) => typeof name === 'string');
  return new Map(named.map((row) => [String(row.name), row]));
}

const methods: Readonly<Record<string, 'limit' | 'market'>> = { LIMIT: 'limit', MARKET: 'market' };
const SCALE_MAX = 16;

/** One row's rules; undefined when a rule is missing or cannot be read: then nobody can tell. */
export function instrumentOf(row: unknown): Instrument | undefined {
  if (!isFields(row) || typeof row.name !== 'string') return undefined;
  const filter = priceFilter(row.filters);
  const tick = exactDecimal(filter?.tickSize, 'down');
  const quantityScale = scale(row.numeratorScale);
  const quoteScale = scale(row.denominatorScale);
  const band = bandOf(row, filter);
  const minTotal = optional(filter?.minExchangeValue, 'up');
  if (tick === undefined || tick === 0n || typeof row.hasFraction !== 'boolean') return undefined;
  if (quantityScale === undefined || quoteScale === undefined) return undefined;
  if (band === undefined || minTotal === undefined || !Array.isArray(row.orderMethods)) {
    return undefined;
  }
  return {
    symbol: row.name,
    isTrading: row.status === 'TRADING',
    methods: row.orderMethods.flatMap((name) => methods[String(name)] ?? []),
    tickAt: () => tick,
    // A pair without fraction takes whole prices, whatever its scale says.
    priceScale: row.hasFraction ? quoteScale : 0,
    quantityScale,
    quoteScale,
    lot: undefined,
    minTotal: minTotal ?? undefined,
    band,
  };
}

function priceFilter(filters: unknown): Fields | undefined {
  if (!Array.isArray(filters)) return undefined;
  return filters.filter(isFields).find(({ filterType }) => filterType === 'PRICE_FILTER');
}

function scale(value: unknown): number | undefined {
  const digits = Number.isInteger(value) ? Number(value) : -1;
  return digits >= 0 && digits <= SCALE_MAX ? digits : undefined;
}

/** Beyond what an order can name. */
const HIGHEST = whole(999_999_999_999);

/** The narrower of the filter's fixed limits and those that move with the price. */
function bandOf(row: Fields, filter: Fields | undefined): Instrument['band'] {
  const lows = [
    optional(filter?.minPrice, 'up'),
    optional(row.minimumLimitOrderPrice, 'up'),
  ] as const;
  const highs = [
    optional(filter?.maxPrice, 'down'),
    optional(row.maximumLimitOrderPrice, 'down'),
  ] as const;
  if ([...lows, ...highs].includes(undefined)) return undefined;
  return {
    low: strictest(lows, 0n as Amount, (limit, known) => limit > known),
    high: strictest(highs, HIGHEST, (limit, known) => limit < known),
  };
}

function strictest(
  limits: readonly (Amount | null | undefined)[],
  widest: Amount,
  isStricter: (limit: Amount, known: Amount) => boolean,
): Amount {
  return limits.reduce<Amount>(
    (known, limit) => (limit != null && isStricter(limit, known) ? limit : known),
    widest,
  );
}

/** null where the venue has no such rule; undefined where it has one that cannot be read. */
function optional(value: unknown, rounding: 'up' | 'down'): Amount | null | undefined {
  return value === null || value === undefined ? null : exactDecimal(value, rounding);
}

const DECIMAL = /^(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A decimal text, with or without exponent, exactly; digits beyond the 16th are rounded to the side
 * that is stricter. undefined when it is not one, or has more integer digits than an order may.
 */
export function exactDecimal(value: unknown, rounding: 'up' | 'down'): Amount | undefined {
  const [, integer = '', fraction = '', exponent = '0'] = DECIMAL.exec(String(value)) ?? [];
  if (integer === '') return undefined;
  const point = integer.length + Number(exponent);
  const digits = `${'0'.repeat(Math.max(0, -point))}${integer}${fraction}`;
  const padded = digits.padEnd(point, '0');
  const at = Math.max(0, point);
  const left = padded.slice(0, at).replace(/^0+(?=.)/, '') || '0';
  const right = padded.slice(at);
  const kept = parseAmount(`${left}.${right.slice(0, SCALE_MAX).padEnd(1, '0')}`);
  const isCut = /[1-9]/.test(right.slice(SCALE_MAX));
  return kept === undefined || !isCut || rounding === 'down' ? kept : ((kept + 1n) as Amount);
}
