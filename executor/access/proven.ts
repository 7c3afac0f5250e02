import { hash } from 'node:crypto';
import type { EpochMs } from '../../crds/clock.ts';

/** Callers are few and keep a token for most of an hour. */
const KEPT_MAX = 64;

export interface Proof {
  readonly subject: string;
  /** When the token ends. */
  readonly until: EpochMs;
  /** The key set it was checked against. */
  readonly keys: object;
}

/**
 * Tokens whose signature held, so that it is checked once per token and not with every order. Only
 * digests are kept. A proof ends with its token, and with the key set it was given under.
 */
export class ProvenTokens {
  readonly #proofs = new Map<string, Proof>();

  get(token: string, keys: object, now: EpochMs): string | undefined {
    const proof = this.#proofs.get(digest(token));
    return proof?.keys === keys && now < proof.until ? proof.subject : undefined;
  }

  keep(token: string, proof: Proof): void {
    const [oldest] = this.#proofs.keys();
    if (this.#proofs.size >= KEPT_MAX && oldest !== undefined) this.#proofs.delete(oldest);
    this.#proofs.set(digest(token), proof);
  }
}

const digest = (token: string): string => hash('sha256', token, 'base64');
