import type { Quote } from '../../market/prices.ts';
import { amountOfNumber, minus, parseAmount, ZERO } from '../../order/amount.ts';
import type { Balance, VenueDetail, VenueOrder } from '../venue.ts';

/** The venue's envelope, as far as it can be trusted. */
export interface Body {
  readonly data: unknown;
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON in which whole numbers beyond 2^53 keep their digits: they become texts. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined) return value;
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value;
  });
}

/** undefined when the text is not a JSON object. */
export function parseBody(text: string): Body | undefined {
  let parsed: unknown;
  try {
    parsed = parseExact(text);
  } catch {
    return undefined; // a CDN's HTML page, an empty or a cut-off body
  }
  if (!isFields(parsed)) return undefined;
  const { data, message } = parsed;
  return { data, message: typeof message === 'string' ? message : '' };
}

/** The id of a submit's answer; undefined when there is none that could be used. */
export function orderId(data: unknown): string | undefined {
  if (!isFields(data)) return undefined;
  const text = String(data.id);
  return /^[1-9][0-9]{0,18}$/.test(text) ? text : undefined;
}

const statuses: Readonly<Record<string, 'open' | 'filled' | 'canceled'>> = {
  untouched: 'open',
  partial: 'open',
  closed: 'filled',
  canceled: 'canceled',
};

/** One order of openOrders, allOrders or order/{id}; undefined when it does not read as one. */
export function venueOrder(data: unknown): VenueOrder | undefined {
  const venueId = orderId(data);
  if (venueId === undefined || !isFields(data)) return undefined;
  const symbol = data.pairSymbol ?? data.pairsymbol;
  const status = statuses[String(data.status).toLowerCase()];
  if (typeof symbol !== 'string' || status === undefined) return undefined;
  const clientId = data.orderClientId;
  const quantity = parseAmount(String(data.quantity ?? data.amount ?? ''));
  const left = parseAmount(String(data.leftAmount ?? ''));
  const filled =
    quantity === undefined || left === undefined || left > quantity ? ZERO : minus(quantity, left);
  return {
    clientId: typeof clientId === 'string' ? clientId : undefined,
    symbol,
    view: { venueId, status, filled },
    detail: { ...detailOf(data), quantity },
  };
}

/** Cases vary; `time` may be 0, as in openOrders. */
function detailOf(data: Fields): Omit<VenueDetail, 'quantity'> {
  const side = String(data.type).toLowerCase();
  const time = Number(data.time);
  return {
    side: side === 'buy' || side === 'sell' ? side : undefined,
    type: String(data.method).toLowerCase(),
    price: parseAmount(String(data.price ?? '')),
    at: Number.isFinite(time) ? time : 0,
  };
}

export function listOf(data: unknown): readonly unknown[] | undefined {
  return Array.isArray(data) ? data : undefined;
}

/** openOrders splits by side. */
export function openOrderList(data: unknown): readonly unknown[] | undefined {
  if (!isFields(data)) return undefined;
  const { asks, bids } = data;
  return Array.isArray(asks) && Array.isArray(bids) ? [...asks, ...bids] : undefined;
}

export function balanceRow(data: unknown): Balance | undefined {
  if (!isFields(data)) return undefined;
  const { asset, free, locked } = data;
  if (typeof asset !== 'string') return undefined;
  return { asset, free: String(free), locked: String(locked) };
}

/** The public ticker: prices as JSON numbers. */
export function quotes(data: unknown): ReadonlyMap<string, Quote> {
  const found = new Map<string, Quote>();
  for (const row of listOf(data) ?? []) {
    if (!isFields(row) || typeof row.pair !== 'string') continue;
    const [bid, ask, last] = [row.bid, row.ask, row.last].map((price) =>
      typeof price === 'number' ? amountOfNumber(price) : undefined,
    );
    if (bid === undefined || ask === undefined || last === undefined) continue;
    found.set(row.pair, { bid, ask, last });
  }
  return found;
}

export function serverTime(text: string): number | undefined {
  try {
    const time = (JSON.parse(text) as Fields).serverTime;
    return typeof time === 'number' && time > 0 ? time : undefined;
  } catch {
    return undefined; // not the venue's answer
  }
}
