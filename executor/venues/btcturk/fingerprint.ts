import { createHash } from 'node:crypto';

/** So that the digest says nothing about the key to whoever has digests of it from elsewhere. */
const CONTEXT = 'spark.trading/credential-fingerprint/v1';
const DIGITS = 12;

/**
 * Tells two keys apart in the open. Of the public half alone, which is as long as a UUID and cannot be
 * guessed; 48 bits are enough for no two keys of a desk to meet.
 */
export const fingerprintOf = ({ publicKey }: { readonly publicKey: string }): string =>
  createHash('sha256').update(`${CONTEXT}\n${publicKey}`).digest('hex').slice(0, DIGITS);
