/** The venue blocks an address after 50 unauthorised calls in a row: stop at a tenth of that. */
export const REFUSALS_MAX = 5;
/** After so many doublings a wait is not doubled again. */
const DOUBLINGS_MAX = 20;

/** Counts refusals of one key in a row. Another key begins anew. */
export class KeyTrust {
  readonly #key: () => unknown;
  #refused: unknown;
  #inARow = 0;

  /** `key` tells one key from another by identity. */
  constructor(key: () => unknown) {
    this.#key = key;
  }

  get refusals(): number {
    return this.#inARow;
  }

  /** From here on every further try brings a ban closer. */
  isRefused(): boolean {
    if (this.#inARow > 0 && this.#key() !== this.#refused) this.#inARow = 0;
    return this.#inARow >= REFUSALS_MAX;
  }

  /** Doubles with every refusal beyond those that were needed to notice. */
  waitMs(rule: { readonly firstMs: number; readonly maxMs: number }): number {
    const doublings = Math.min(Math.max(0, this.#inARow - REFUSALS_MAX), DOUBLINGS_MAX);
    return Math.min(rule.firstMs * 2 ** doublings, rule.maxMs);
  }

  /** What the HTTP status of a private call's answer says of the key; others say nothing. */
  told(status: number): void {
    if (status === 401) {
      this.#refused = this.#key();
      this.#inARow += 1;
    } else if (status < 500 && status !== 403 && status !== 429) this.#inARow = 0;
  }
}
