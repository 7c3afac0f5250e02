import { createHmac } from 'node:crypto';
import type { EpochMs } from '../../../crds/clock.ts';

export interface Credentials {
  readonly publicKey: string;
  /** base64, as the venue hands it out. */
  readonly privateKey: string;
}

/** base64(HMAC-SHA256(base64-decoded private key, publicKey + stamp)); venue documentation, authentication. */
export function signature(credentials: Credentials, stamp: number): string {
  const key = Buffer.from(credentials.privateKey, 'base64');
  return createHmac('sha256', key).update(`${credentials.publicKey}${stamp}`).digest('base64');
}

export function signedHeaders(credentials: Credentials, stamp: number): Record<string, string> {
  return {
    'X-PCK': credentials.publicKey,
    'X-Stamp': String(stamp),
    'X-Signature': signature(credentials, stamp),
  };
}

/**
 * The stamps of one key: wall time in ms, never the same twice and never backwards. The measured
 * drift does not enter: it only feeds the guard.
 */
export class StampSource {
  #last = 0;

  next(wall: EpochMs): number {
    this.#last = Math.max(this.#last + 1, Math.floor(wall));
    return this.#last;
  }
}
