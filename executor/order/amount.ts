/** Money and quantities: whole units of 1e-16, the venue's finest fraction. Never a float. */
export type Amount = bigint & { readonly __unit: 'Amount' };

const FRACTION_DIGITS = 16;
/** One unit, scaled. */
export const ONE = 10n ** BigInt(FRACTION_DIGITS);
/** As the venue's own field rule: up to 12 integer and 16 fraction digits, a dot between. */
const DECIMAL = /^[0-9]{1,12}(\.[0-9]{1,16})?$/;

export const ZERO = 0n as Amount;

/** A decimal text such as `0.0001`; undefined when it is anything else. */
export function parseAmount(text: string): Amount | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const [whole = '0', fraction = ''] = text.split('.');
  return (BigInt(whole) * ONE + BigInt(fraction.padEnd(FRACTION_DIGITS, '0'))) as Amount;
}

/** A non-negative JSON number, as public prices come in; undefined when it is not one. */
export function amountOfNumber(value: number): Amount | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  const text = String(value);
  return parseAmount(text.includes('e') ? value.toFixed(FRACTION_DIGITS) : text);
}

export const whole = (units: number): Amount => (BigInt(units) * ONE) as Amount;

/** a × b, rounded up: a notional is never understated. */
export function times(a: Amount, b: Amount): Amount {
  return ((a * b + ONE - 1n) / ONE) as Amount;
}

/** a ÷ b, rounded down; b must not be zero. */
export function over(a: Amount, b: Amount): Amount {
  return ((a * ONE) / b) as Amount;
}

export const plus = (a: Amount, b: Amount): Amount => (a + b) as Amount;
export const minus = (a: Amount, b: Amount): Amount => (a - b) as Amount;

/** Decimal text without needless zeros. */
export function decimal(value: Amount): string {
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(FRACTION_DIGITS + 1, '0');
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  const integer = digits.slice(0, -FRACTION_DIGITS);
  return `${sign}${integer}${fraction === '' ? '' : `.${fraction}`}`;
}
