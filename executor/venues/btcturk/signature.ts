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

/** A wall clock set back by more than this leaves every stamp given so far outside the venue's window. */
const SET_BACK_MS = 10_000;

/**
 * The stamps of one key, for all its calls: wall time in ms, never the same twice and never
 * backwards while an older one could still be accepted. The measured drift does not enter: it only
 * feeds the guard.
 */
export class StampSource {
  #last = 0;

  next(wall: EpochMs): number {
    const now = Math.floor(wall);
    this.#last = this.#last - now > SET_BACK_MS ? now : Math.max(this.#last + 1, now);
    return this.#last;
  }

  /** How long to wait until the next stamp is at most `aheadMs` ahead of the wall clock; 0: not at all. */
  waitMs(wall: EpochMs, aheadMs: number): number {
    const ahead = this.#last + 1 - Math.floor(wall);
    return ahead > SET_BACK_MS ? 0 : Math.max(0, ahead - aheadMs);
  }
}
