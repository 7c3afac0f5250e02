import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs } from '../../crds/duration.ts';

describe('durationMs', () => {
  it.each([
    ['10m', 600_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1h', 3_600_000],
    ['0s', 0],
    ['1m1m', 120_000], // Go adds them up as well
  ])('%s is %i ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '10', 'm', '1d', '-1s', '1.5s', '10m ', '1234567s'])('refuses "%s"', (text) => {
    expect(() => durationMs(text)).toThrow('write it like 10m, 1m30s or 500ms');
  });

  it('adds up its parts', () => {
    const part = fc.tuple(fc.nat(999_999), fc.constantFrom('ms', 's', 'm', 'h'));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.map(([amount, unit]) => `${amount}${unit}`);
        const sum = text.reduce((total, one) => total + durationMs(one), 0);
        expect(durationMs(text.join(''))).toBe(sum);
      }),
    );
  });
});
