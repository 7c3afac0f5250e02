/** What is not known, in a cell; a screen reader is told in words beside it. */
export const UNKNOWN = '–';

/** Milliseconds as people compare them: `840 ms`, `1.24 s`, `14 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function duration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return UNKNOWN;
  const sign = ms < 0 ? '−' : '';
  const size = Math.abs(ms);
  if (size < 1) return size === 0 ? '0 ms' : `${sign}<1 ms`;
  if (size < 999.5) return `${sign}${Math.round(size)} ms`;
  if (size < 9_995) return `${sign}${(size / 1_000).toFixed(2)} s`;
  const seconds = Math.round(size / 1_000);
  if (seconds < 60) return `${sign}${seconds} s`;
  return `${sign}${long(seconds)}`;
}

function long(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair([minutes, 'min'], [seconds % 60, 's']);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair([hours, 'h'], [minutes % 60, 'min']);
  return pair([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

const pair = (
  [many, of]: readonly [number, string],
  [few, part]: readonly [number, string],
): string => (few === 0 ? `${many} ${of}` : `${many} ${of} ${few} ${part}`);

/** An age, coarser than a duration: below 10 s it is whole seconds, so that it does not flicker. */
export function age(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return UNKNOWN;
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : duration(ms - (ms % 1_000));
}

/** A share of 1 as per cent, with the digits that decide: `99.95 %`, `0.49 %`, `12 %`. Never 100 when it is not all. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return UNKNOWN;
  const size = Math.abs(share * 100);
  const sign = share < 0 ? '−' : '';
  if (size === 0 || size >= 100) return `${sign}${Math.round(size)} %`;
  if (size < 0.01) return share < 0 ? '−0.01 %' : '<0.01 %';
  if (size > 99) return `${sign}${(Math.floor(size * 100 + 1e-6) / 100).toFixed(2)} %`;
  return `${sign}${size.toFixed(size < 1 ? 2 : size < 10 ? 1 : 0)} %`;
}

/** A whole number with thin groups: `12 345`. */
export function count(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  const digits = Math.abs(Math.round(value)).toString();
  return (value < 0 ? '−' : '') + digits.replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** How many times faster than allowed a budget is spent: `14.4×`. */
export function times(rate: number | null): string {
  if (rate === null || !Number.isFinite(rate)) return UNKNOWN;
  return `${rate >= 100 ? Math.round(rate) : rate.toFixed(rate < 10 ? 2 : 1)}×`;
}

/** Bytes of a file: `812 B`, `14.2 kB`, `3.1 MB`. */
export function bytes(size: number): string {
  if (size < 1_000) return `${size} B`;
  if (size < 1_000_000) return `${(size / 1_000).toFixed(1)} kB`;
  return `${(size / 1_000_000).toFixed(1)} MB`;
}

/** `1 executor`, `2 executors`. */
export const counted = (many: number, one: string): string =>
  `${count(many)} ${one}${many === 1 ? '' : 's'}`;
