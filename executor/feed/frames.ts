import type { EpochMs } from '../../crds/clock.ts';
import { type Amount, parseAmount, ZERO } from '../order/amount.ts';
import type { Level, Ticker, Trade } from './records.ts';

/** Why a frame says nothing to us. `stray`: of a symbol or a subscription that was left. */
export const ignoredReasons = ['unparsable', 'malformed', 'unknown', 'stray'] as const;
export type IgnoredReason = (typeof ignoredReasons)[number];

/** One frame of BTCTurk's socket, `[type, {type, …}]`, as far as it concerns the recording. */
export type Frame =
  | {
      readonly kind: 'book' | 'difference';
      readonly symbol: string;
      readonly sequence: number;
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
    }
  | { readonly kind: 'trades'; readonly symbol: string; readonly trades: readonly Trade[] }
  | { readonly kind: 'ticker'; readonly symbol: string; readonly ticker: Ticker }
  /** Greetings and answers to joins: nothing to record. */
  | { readonly kind: 'control' }
  | {
      readonly kind: 'ignored';
      readonly why: Exclude<IgnoredReason, 'stray'>;
      /** Whose book it was to change: that one is not known any more. */
      readonly bookOf?: string;
    };

/** What is counted by kind; ignored frames are counted by reason. */
export const frameKinds = ['book', 'difference', 'trades', 'ticker', 'control'] as const;

type Fields = Readonly<Record<string, unknown>>;
type Reader = (model: Fields) => Frame | undefined;

/** Types that the venue documents and that we neither join nor need. */
const control: Reader = () => ({ kind: 'control' });
const readers: Readonly<Record<number, Reader>> = {
  100: control,
  991: control,
  402: tickerFrame,
  421: (model) => tradesFrame(model.symbol ?? model.PS, model.items),
  422: (model) => tradesFrame(model.PS, [model]),
  431: (model) => bookFrame('book', model),
  432: (model) => bookFrame('difference', model),
};

/** Reads a frame; whatever it holds, it does not throw. */
export function frameOf(text: string): Frame {
  let parsed: unknown;
  try {
    parsed = exactJson(text);
  } catch {
    return { kind: 'ignored', why: 'unparsable' };
  }
  if (!Array.isArray(parsed)) return { kind: 'ignored', why: 'malformed' };
  const [type, model] = parsed as readonly unknown[];
  if (typeof type !== 'number' || !isFields(model) || model.type !== type) {
    return { kind: 'ignored', why: 'malformed' };
  }
  const reader = readers[type];
  if (reader === undefined) return { kind: 'ignored', why: 'unknown' };
  return reader(model) ?? { kind: 'ignored', why: 'malformed' };
}

/** A number that a float might not hold: a fraction, an exponent, 16 digits or more. */
const INEXACT = /[:[,]\s*-?(?:[0-9]{16}|[0-9]+[.eE])/;

/**
 * JSON in which every number that is not a safe integer keeps its digits: it becomes a text. That
 * takes ten times as long as plain JSON, so only frames that may need it pay for it.
 */
function exactJson(text: string): unknown {
  if (!INEXACT.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) ? (context?.source ?? value) : value,
  );
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function tickerFrame({ PS: symbol, B, A, LA }: Fields): Frame | undefined {
  const [bid, ask, last] = [amountOf(B), amountOf(A), amountOf(LA)];
  if (typeof symbol !== 'string') return undefined;
  if (bid === undefined || ask === undefined || last === undefined) return undefined;
  return { kind: 'ticker', symbol, ticker: { bid, ask, last } };
}

function tradesFrame(symbol: unknown, items: unknown): Frame | undefined {
  if (typeof symbol !== 'string' || !Array.isArray(items)) return undefined;
  const trades = whole(items.map(tradeOf));
  return trades === undefined ? undefined : { kind: 'trades', symbol, trades };
}

function tradeOf(item: unknown): Trade | undefined {
  if (!isFields(item)) return undefined;
  const [id, time] = [String(item.I), String(item.D)];
  const [price, amount] = [amountOf(item.P), amountOf(item.A)];
  const flag = Number(item.S);
  if (!/^[0-9]{1,20}$/.test(id) || !/^[0-9]{1,15}$/.test(time)) return undefined;
  if (price === undefined || amount === undefined || (flag !== 0 && flag !== 1)) return undefined;
  return { id, price, amount, tradedAt: Number(time) as EpochMs, sideFlag: flag };
}

function bookFrame(kind: 'book' | 'difference', model: Fields): Frame | undefined {
  const { PS: symbol, CS: sequence } = model;
  if (typeof symbol !== 'string') return undefined;
  const read = kind === 'book' ? levelOf : changeOf;
  const bids = levels(model.BO, read);
  const asks = levels(model.AO, read);
  if (bids === undefined || asks === undefined || !Number.isSafeInteger(sequence)) {
    return { kind: 'ignored', why: 'malformed', bookOf: symbol };
  }
  return { kind, symbol, sequence: sequence as number, bids, asks };
}

function levels(
  items: unknown,
  read: (item: Fields) => Level | undefined,
): readonly Level[] | undefined {
  if (!Array.isArray(items)) return undefined;
  return whole(items.map((item) => (isFields(item) ? read(item) : undefined)));
}

function levelOf({ P, A }: Fields): Level | undefined {
  const [price, amount] = [amountOf(P), amountOf(A)];
  return price === undefined || amount === undefined ? undefined : { price, amount };
}

/** CP 0: the amount at a known price; 1: a new price; 3: a price that is gone, with its last amount. */
function changeOf(item: Fields): Level | undefined {
  const level = levelOf(item);
  if (level === undefined || item.CP === 0 || item.CP === 1) return level;
  return item.CP === 3 ? { ...level, amount: ZERO } : undefined;
}

/** The venue writes prices and amounts as texts; numbers have been seen elsewhere. */
function amountOf(value: unknown): Amount | undefined {
  return typeof value === 'string' || typeof value === 'number'
    ? parseAmount(String(value))
    : undefined;
}

/** All of them, or nothing: a frame that is half understood is not understood. */
function whole<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  return items.every((item) => item !== undefined) ? items : undefined;
}
