const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Go durations as far as the CRD allows them: `10m`, `1m30s`, `500ms`. RE2-safe. */
export const DURATION_PATTERN = '^([0-9]{1,6}(ms|s|m|h))+$';

/** Milliseconds of a duration the API server has already validated; throws on any other text. */
export function durationMs(text: string): number {
  if (!new RegExp(DURATION_PATTERN).test(text)) {
    throw new Error(`"${text}" is not a duration; write it like 10m, 1m30s or 500ms`);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|s|m|h)/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return total;
}
