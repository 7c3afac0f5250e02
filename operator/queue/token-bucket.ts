/** client-go's overall limit on retries. */
export const RETRIES = { perSecond: 10, burst: 100 } as const;

/** A rate with a burst. A token of the future may be taken too, by waiting for it. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes the next token. Returns the milliseconds until it is there; `now` is monotonic. */
  take(now: number): number {
    this.#fill(now);
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#perSecond) * 1_000;
  }

  /** One that was taken will not be used. */
  giveBack(): void {
    this.#tokens += 1;
  }

  /** Takes a token if one is there. */
  tryTake(now: number): boolean {
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(now: number): void {
    const grown = ((now - this.#at) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + grown);
    this.#at = now;
  }
}
