import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../executor/venues/btcturk/fingerprint.ts';

const KEY = { publicKey: '3a1d2c54-7e9b-4f0d-8a61-52c0f4d7b913', privateKey: 'c2VjcmV0' };

describe('the fingerprint of a key', () => {
  it('is the same wherever the key is, and another for another key', () => {
    expect(fingerprintOf(KEY)).toBe(fingerprintOf({ ...KEY }));
    expect(fingerprintOf(KEY)).not.toBe(fingerprintOf({ publicKey: 'another' }));
  });

  it('is twelve hex digits with nothing of the key in them, the private half least of all', () => {
    expect(fingerprintOf(KEY)).toMatch(/^[0-9a-f]{12}$/);
    expect(fingerprintOf({ ...KEY, privateKey: 'other' } as typeof KEY)).toBe(fingerprintOf(KEY));
  });

  it('does not change between versions: an old executor must meet a new one', () => {
    expect(fingerprintOf(KEY)).toBe('d0fb3c73335b');
  });
});
