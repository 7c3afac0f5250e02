import { type Account, lockAsset, lockNeeded } from './account.ts';
import { fits, parseAmount, times } from './amount.ts';
import type { Market } from './market.ts';
import { isMarket, isQuoteSized, isStop, type Side, type Submission } from './order.ts';
import { CODE_UNKNOWN, type Refusal } from './replies.ts';
import { type OrderMethod, type SymbolRules, symbolNamed } from './symbols.ts';

const PAIR_LENGTH_MAX = 20;
const CLIENT_ID_LENGTH_MAX = 50;
const methods: readonly OrderMethod[] = ['limit', 'market', 'stopLimit', 'stopMarket'];
const invalid: Refusal = { message: 'INVALID_REQUEST_ERROR', code: 1_037 };

export type Parsed =
  | { readonly kind: 'submission'; readonly submission: Submission }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The documented fields of a submit; everything else in the body is ignored. */
interface Fields {
  readonly pairSymbol?: unknown;
  readonly orderType?: unknown;
  readonly orderMethod?: unknown;
  readonly quantity?: unknown;
  readonly price?: unknown;
  readonly stopPrice?: unknown;
  readonly newOrderClientId?: unknown;
}

const no = (refusal: Refusal): Parsed => ({ kind: 'refused', refusal });

/** Reads the JSON body of a submit: shape, then pair, side and method. Unknown fields are ignored. */
export function parseSubmission(body: unknown): Parsed {
  if (typeof body !== 'object' || body === null) return no(invalid);
  const fields: Fields = body;
  const { pairSymbol, newOrderClientId: clientId } = fields;
  if (typeof pairSymbol !== 'string' || pairSymbol.length > PAIR_LENGTH_MAX) return no(invalid);
  if (clientId !== undefined && clientId !== null) {
    if (typeof clientId !== 'string' || clientId.length > CLIENT_ID_LENGTH_MAX) return no(invalid);
  }
  const symbol = symbolNamed(pairSymbol);
  if (symbol === undefined) return no(noSuchPair(pairSymbol));
  const side = sideNamed(fields.orderType);
  if (side === undefined) return no({ message: 'ORDER_TYPE_NOT_SUPPORTED', code: 1_193 });
  const method = methodNamed(fields.orderMethod);
  if (method === undefined) return no({ message: 'ORDER_METHOD_NOT_SUPPORTED', code: 1_134 });
  const name = typeof clientId === 'string' && clientId !== '' ? clientId : undefined;
  return parseAmounts(fields, { symbol, side, method, clientId: name });
}

export function noSuchPair(name: string): Refusal {
  return { message: `Pair ${name} does not exists.`, code: 1_037 };
}

type Named = Pick<Submission, 'symbol' | 'side' | 'method' | 'clientId'>;

function parseAmounts(fields: Fields, named: Named): Parsed {
  const quantity = decimal(fields.quantity);
  const price = isMarket(named.method) ? 0n : decimal(fields.price);
  const stopPrice = isStop(named.method) ? decimal(fields.stopPrice) : undefined;
  if (quantity === undefined || price === undefined) return no(invalid);
  if (isStop(named.method) && stopPrice === undefined) return no(invalid);
  return { kind: 'submission', submission: { ...named, quantity, price, stopPrice } };
}

function decimal(field: unknown): bigint | undefined {
  if (typeof field === 'string') return parseAmount(field);
  return typeof field === 'number' ? parseAmount(String(field)) : undefined;
}

function sideNamed(field: unknown): Side | undefined {
  const name = String(field).toLowerCase();
  return name === 'buy' || name === 'sell' ? name : undefined;
}

function methodNamed(field: unknown): OrderMethod | undefined {
  const name = String(field).toLowerCase();
  return methods.find((method) => method.toLowerCase() === name);
}

/** What a rule may look at: the order, its market, and the customer's funds. */
export interface Scene {
  readonly submission: Submission;
  readonly market: Market;
  readonly account: Account;
}

type Rule = (scene: Scene) => Refusal | undefined;

/** The order of this list is the venue's: method, scale, tick, total, price band, stop, balance. */
export const rules: readonly Rule[] = [
  methodIsOpen,
  quantityScale,
  priceScale,
  stopPriceScale,
  tick,
  isPositive,
  minimumTotal,
  priceLimits,
  priceBand,
  stopSide,
  balance,
];

export function firstRefusal(scene: Scene): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(scene);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function methodIsOpen({ submission: { symbol, method } }: Scene): Refusal | undefined {
  if (symbol.methods.includes(method)) return undefined;
  return isMarket(method)
    ? { message: 'FAILED_MARKET_ORDER', code: 1_118 }
    : { message: 'FAILED_LIMIT_ORDER', code: 1_120 };
}

function quantityScale({ submission }: Scene): Refusal | undefined {
  const { numeratorScale, denominatorScale } = submission.symbol;
  const digits = isQuoteSized(submission) ? denominatorScale : numeratorScale;
  if (fits(submission.quantity, digits)) return undefined;
  return { message: 'FAILED_INVALID_QUANTITY_SCALE', code: 1_127 };
}

/** A pair without fraction takes whole prices only, whatever its denominatorScale says. */
function priceDigits(symbol: SymbolRules): number {
  return symbol.hasFraction ? symbol.denominatorScale : 0;
}

function priceScale({ submission: { price, symbol } }: Scene): Refusal | undefined {
  if (fits(price, priceDigits(symbol))) return undefined;
  return { message: 'FAILED_INVALID_PRICE_SCALE', code: 1_126 };
}

function stopPriceScale({ submission: { stopPrice, symbol } }: Scene): Refusal | undefined {
  if (stopPrice === undefined || fits(stopPrice, priceDigits(symbol))) return undefined;
  return { message: 'FAILED_INVALID_STOP_PRICE_SCALE', code: 1_128 };
}

function tick({ submission: { price, symbol } }: Scene): Refusal | undefined {
  if (price % symbol.tickSize === 0n) return undefined;
  return { message: 'FAILED_INVALID_PRICE_SCALE', code: 1_126 };
}

function isPositive({ submission: { quantity, price, method } }: Scene): Refusal | undefined {
  if (quantity > 0n && (isMarket(method) || price > 0n)) return undefined;
  return { message: 'FAILED_ORDER_PARAMETER', code: 1_121 };
}

function minimumTotal({ submission, market }: Scene): Refusal | undefined {
  const { quantity, price, symbol } = submission;
  const reference = isMarket(submission.method) ? market.bid : price;
  const total = isQuoteSized(submission) ? quantity : times(quantity, reference);
  if (total >= symbol.minExchangeValue) return undefined;
  return { message: 'FAILED_MIN_TOTAL_AMOUNT', code: 1_123 };
}

function priceLimits({ submission: { price, symbol, method } }: Scene): Refusal | undefined {
  if (isMarket(method)) return undefined;
  if (price > symbol.maxPrice) return { message: 'PRICE_MUST_BE_LESS_THAN_MAXPRICE', code: 1_226 };
  if (price < symbol.minPrice) return { message: 'PRICE_MUST_BE_LESS_THAN_MINPRICE', code: 1_227 };
  return undefined;
}

function priceBand({ submission: { price, method }, market }: Scene): Refusal | undefined {
  if (isMarket(method)) return undefined;
  const { minimum, maximum } = market.band();
  if (price < minimum) return { message: 'ORDER_MIN_PRICE_EXCEEDED', code: CODE_UNKNOWN };
  if (price > maximum) return { message: 'ORDER_MAX_PRICE_EXCEEDED', code: CODE_UNKNOWN };
  return undefined;
}

/** A stop buy belongs above the market, a stop sell below it. */
function stopSide({ submission: { side, stopPrice }, market }: Scene): Refusal | undefined {
  if (stopPrice === undefined) return undefined;
  if (side === 'sell' && stopPrice > market.ask) {
    return { message: 'FAILED_STOP_PRICE_GREATER_THAN_BEST_ASK', code: 1_124 };
  }
  if (side === 'buy' && stopPrice < market.bid) {
    return { message: 'FAILED_STOP_PRICE_LESS_THAN_BEST_BID', code: 1_125 };
  }
  return undefined;
}

/** Enough in all but not free is its own message: the rest is tied in open orders. */
function balance({ submission, account }: Scene): Refusal | undefined {
  const asset = lockAsset(submission);
  const needed = lockNeeded(submission, submission.quantity);
  if (account.free(asset) >= needed) return undefined;
  return account.balance(asset) >= needed
    ? { message: 'FAILED_ORDER_WITH_OPEN_ORDERS', code: 1_122 }
    : { message: 'BALANCE_NOT_ENOUGH', code: CODE_UNKNOWN };
}
