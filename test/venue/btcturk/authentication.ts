import { createHmac, timingSafeEqual } from 'node:crypto';
import type { UnauthorizedReason } from './replies.ts';

export type Permission = 'funds' | 'trade' | 'account' | 'websocket';
export const allPermissions: readonly Permission[] = ['funds', 'trade', 'account', 'websocket'];

/** One API key pair the simulator knows. `privateKey` is base64, as the venue hands it out. */
export interface ApiKey {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly account: string;
  readonly permissions: readonly Permission[];
}

/** The three headers, as they came in. */
export interface Credentials {
  readonly publicKey: string | undefined;
  readonly stamp: string | undefined;
  readonly signature: string | undefined;
}

export interface StampRules {
  readonly venueNow: number;
  readonly windowMs: number;
  readonly increasing: boolean;
}

/** base64(HMAC-SHA256(base64-decoded private key, publicKey + nonce)). */
export function sign(publicKey: string, privateKey: string, nonce: string | number): string {
  const key = Buffer.from(privateKey, 'base64');
  return createHmac('sha256', key).update(`${publicKey}${nonce}`, 'utf8').digest('base64');
}

export function signatureIsValid(key: ApiKey, nonce: string, signature: string): boolean {
  const expected = Buffer.from(sign(key.publicKey, key.privateKey, nonce));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

export type Authentication =
  | { readonly kind: 'known'; readonly key: ApiKey }
  | { readonly kind: 'unauthorized'; readonly reason: UnauthorizedReason };

const unauthorized = (reason: UnauthorizedReason): Authentication => ({
  kind: 'unauthorized',
  reason,
});

/** Stamps are remembered this long past the window, so that a widened window forgets nothing. */
const STAMP_MEMORY_MS = 60_000;
const STAMPS_SWEPT_ABOVE = 10_000;

/** The keys of the venue and the stamps they have used. */
export class Keyring {
  readonly #keys: ReadonlyMap<string, ApiKey>;
  readonly #used = new Map<string, Set<number>>();
  readonly #highest = new Map<string, number>();

  constructor(keys: readonly ApiKey[]) {
    this.#keys = new Map(keys.map((key) => [key.publicKey, key]));
  }

  named(publicKey: string): ApiKey | undefined {
    return this.#keys.get(publicKey);
  }

  accounts(): readonly string[] {
    return [...new Set([...this.#keys.values()].map((key) => key.account))];
  }

  /** Checks headers, key, signature, window and reuse, in this order; a good stamp is used up. */
  authenticate(given: Credentials, rules: StampRules): Authentication {
    const { publicKey, stamp, signature } = given;
    if (!publicKey || !stamp || !signature) return unauthorized('Headers are missing');
    const key = this.#keys.get(publicKey);
    if (key === undefined) return unauthorized('Invalid Public/Private key');
    if (!/^\d{1,16}$/.test(stamp)) return unauthorized('Invalid Nonce');
    if (!signatureIsValid(key, stamp, signature)) return unauthorized('Invalid Signature');
    return this.#useStamp(key, Number(stamp), rules);
  }

  #useStamp(key: ApiKey, stamp: number, rules: StampRules): Authentication {
    if (Math.abs(rules.venueNow - stamp) > rules.windowMs) return unauthorized('Invalid Nonce');
    const used = this.#used.get(key.publicKey) ?? new Set<number>();
    const highest = this.#highest.get(key.publicKey) ?? 0;
    if (used.has(stamp)) return unauthorized('Invalid Nonce');
    if (rules.increasing && stamp <= highest) return unauthorized('Invalid Nonce');
    used.add(stamp);
    if (used.size > STAMPS_SWEPT_ABOVE) {
      const oldest = rules.venueNow - rules.windowMs - STAMP_MEMORY_MS;
      for (const one of used) if (one < oldest) used.delete(one);
    }
    this.#used.set(key.publicKey, used);
    this.#highest.set(key.publicKey, Math.max(highest, stamp));
    return { kind: 'known', key };
  }

  forget(): void {
    this.#used.clear();
    this.#highest.clear();
  }
}

/** Addresses that collected too many 401s in a row. */
export class Bans {
  readonly #strikes = new Map<string, number>();
  readonly #banned = new Set<string>();

  isBanned(address: string): boolean {
    return this.#banned.has(address);
  }

  /** Counts a 401. True when it is one too many: this very request meets the block. */
  strike(address: string, after: number): boolean {
    const strikes = (this.#strikes.get(address) ?? 0) + 1;
    this.#strikes.set(address, strikes);
    if (after === 0 || strikes <= after) return false;
    this.#banned.add(address);
    return true;
  }

  pardon(address: string): void {
    this.#strikes.delete(address);
  }

  banned(): readonly string[] {
    return [...this.#banned];
  }

  clear(): void {
    this.#strikes.clear();
    this.#banned.clear();
  }
}
