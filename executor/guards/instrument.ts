import type { Instrument } from '../market/instrument.ts';
import { type Amount, decimal, ONE } from '../order/amount.ts';
import { type Denial, denial } from './denial.ts';
import type { Guard, Proposal } from './guard.ts';

type Rule = (instrument: Instrument, proposal: Proposal) => Denial | undefined;

/** The venue's own rules, asked here first: what it would refuse is not sent. On paper as well. */
export const instrument: Guard = (proposal) => {
  const reading = proposal.instrument;
  const { symbol } = proposal.request;
  switch (reading.kind) {
    case 'unknown':
      return denial('EXCHANGE_INFO_UNKNOWN', reading.why);
    case 'unlisted':
      return denial('UNKNOWN_SYMBOL', `${symbol} is not a symbol of the venue`);
    case 'known':
      return firstBroken(reading.instrument, proposal);
    default:
      return reading satisfies never;
  }
};

function firstBroken(rules: Instrument, proposal: Proposal): Denial | undefined {
  for (const rule of order) {
    const broken = rule(rules, proposal);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

const trading: Rule = ({ symbol, isTrading }) =>
  isTrading
    ? undefined
    : denial('SYMBOL_NOT_TRADING', `the venue takes no orders in ${symbol} at present`);

const method: Rule = ({ symbol, methods }, { request: { type } }) => {
  if (methods.includes(type)) return undefined;
  const message = `the venue takes no ${type} orders in ${symbol}`;
  return denial('METHOD_NOT_SUPPORTED', message, { details: { allowed: methods } });
};

const priceScale: Rule = ({ priceScale, tickAt }, { request: { price } }) => {
  if (price === undefined || isMultiple(price, unit(priceScale))) return undefined;
  const right = nearest(price, priceStep(tickAt(price), priceScale));
  const message = `price ${decimal(price)} has more decimals than the ${priceScale} allowed; nearest ${listed(right)}`;
  return denial('PRICE_SCALE', message, { details: { decimals: priceScale, nearest: right } });
};

const tickSize: Rule = ({ priceScale, tickAt }, { request: { price } }) => {
  if (price === undefined) return undefined;
  const tick = tickAt(price);
  if (isMultiple(price, tick)) return undefined;
  const right = nearest(price, priceStep(tick, priceScale));
  const message = `price ${decimal(price)} is no multiple of the tick ${decimal(tick)}; nearest ${listed(right)}`;
  return denial('TICK_SIZE', message, { details: { tick: decimal(tick), nearest: right } });
};

const quantityScale: Rule = (rules, { request: { quantity, quoteQuantity } }) => {
  const [amount, decimals] =
    quoteQuantity === undefined
      ? [quantity, rules.quantityScale]
      : [quoteQuantity, rules.quoteScale];
  if (amount === undefined || isMultiple(amount, unit(decimals))) return undefined;
  const field = quoteQuantity === undefined ? 'quantity' : 'quoteQuantity';
  const right = nearest(amount, unit(decimals));
  const message = `${field} ${decimal(amount)} has more decimals than the ${decimals} allowed; nearest ${listed(right)}`;
  return denial('QUANTITY_SCALE', message, { details: { field, decimals, nearest: right } });
};

const lotSize: Rule = ({ lot }, { request: { quantity } }) => {
  if (lot === undefined || quantity === undefined || isMultiple(quantity, lot)) return undefined;
  const right = nearest(quantity, lot);
  const message = `quantity ${decimal(quantity)} is no multiple of the lot ${decimal(lot)}; nearest ${listed(right)}`;
  return denial('LOT_SIZE', message, { details: { lot: decimal(lot), nearest: right } });
};

/** A market sell is held to the price it would meet; without one it cannot be valued, and is refused for that. */
const minTotal: Rule = ({ minTotal }, { request, reference }) => {
  const { quantity, quoteQuantity, price = reference } = request;
  if (minTotal === undefined) return undefined;
  // Exact: a product rounded up would let through what the venue refuses.
  const total = quoteQuantity === undefined ? product(quantity, price) : quoteQuantity * ONE;
  if (total === undefined || total >= minTotal * ONE) return undefined;
  const shown = decimal((total / ONE) as Amount);
  const message = `the order comes to ${shown}, at least ${decimal(minTotal)} is asked for`;
  return denial('MIN_TOTAL', message, { details: { total: shown, minTotal: decimal(minTotal) } });
};

const band: Rule = ({ band }, { request: { price } }) => {
  if (band === undefined || price === undefined) return undefined;
  if (price >= band.low && price <= band.high) return undefined;
  const [low, high] = [decimal(band.low), decimal(band.high)];
  const message = `price ${decimal(price)} is outside the venue's limits ${low} to ${high}`;
  return denial('PRICE_BAND', message, { details: { low, high } });
};

/** As the venue asks. */
const order: readonly Rule[] = [
  trading,
  method,
  quantityScale,
  lotSize,
  priceScale,
  tickSize,
  minTotal,
  band,
];

const FRACTION_DIGITS = 16;

/** The smallest amount with so many decimals. */
const unit = (decimals: number): Amount => (10n ** BigInt(FRACTION_DIGITS - decimals)) as Amount;

const isMultiple = (amount: Amount, step: Amount): boolean => amount % step === 0n;

const product = (a: Amount | undefined, b: Amount | undefined): bigint | undefined =>
  a === undefined || b === undefined ? undefined : a * b;

/** The smallest price that is right in both: a tick of 0.01 without fraction makes whole prices. */
function priceStep(tick: Amount, decimals: number): Amount {
  const smallest = unit(decimals);
  let [a, b]: [bigint, bigint] = [tick, smallest];
  while (b !== 0n) [a, b] = [b, a % b];
  return ((tick / a) * smallest) as Amount;
}

/** What would be right below and above; nothing below the first step. */
function nearest(amount: Amount, step: Amount): readonly string[] {
  const below = (amount - (amount % step)) as Amount;
  const above = decimal((below + step) as Amount);
  return below === 0n ? [above] : [decimal(below), above];
}

const listed = (amounts: readonly string[]): string => amounts.join(' or ');
