/** Money and quantities are bigint, scaled by 10^16: the venue's own 16 fraction digits. */
export const ONE = 10n ** 16n;
const FRACTION_DIGITS = 16;

/** Up to 12 integer and 16 fraction digits with a dot, as the venue's schema demands. */
const DECIMAL = /^(\d{1,12})(?:\.(\d{1,16}))?$/;

export function parseAmount(text: string): bigint | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, whole = '0', fraction = ''] = match;
  return BigInt(whole) * ONE + BigInt(fraction.padEnd(FRACTION_DIGITS, '0'));
}

/** For constants in this folder: throws on a text that is not a decimal. */
export function amount(text: string): bigint {
  const value = parseAmount(text);
  if (value === undefined) throw new Error(`"${text}" is not a decimal of at most 12.16 digits`);
  return value;
}

/** Product of two scaled values, truncated. */
export function times(a: bigint, b: bigint): bigint {
  return (a * b) / ONE;
}

/** Quotient of two scaled values, truncated. */
export function over(a: bigint, b: bigint): bigint {
  return (a * ONE) / b;
}

/** Drops everything past `digits` fraction digits. */
export function truncate(value: bigint, digits: number): bigint {
  const step = 10n ** BigInt(FRACTION_DIGITS - digits);
  return (value / step) * step;
}

/** True when the value needs no more than `digits` fraction digits; trailing zeros do not count. */
export function fits(value: bigint, digits: number): boolean {
  return truncate(value, digits) === value;
}

/** Fixed number of fraction digits, truncated: `fixed(amount('1.5'), 2)` is `1.50`. */
export function fixed(value: bigint, digits: number): string {
  const sign = value < 0n ? '-' : '';
  const magnitude = value < 0n ? -value : value;
  const whole = magnitude / ONE;
  const fraction = (magnitude % ONE).toString().padStart(FRACTION_DIGITS, '0').slice(0, digits);
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

/** Shortest exact text: `0.001`, `5`. */
export function plain(value: bigint): string {
  return fixed(value, FRACTION_DIGITS).replace(/\.?0+$/, '');
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
