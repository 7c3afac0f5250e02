import type { Clock } from '../../crds/clock.ts';

interface Kept<T> {
  readonly answer: Promise<T>;
  readonly at: number;
}

/**
 * Answers that are good for a while: asked once for all who want one at the same time. A question
 * that failed is asked again. The oldest go when there are too many.
 */
export class Remembered<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #options: { readonly clock: Clock; readonly forMs: number; readonly max: number };

  constructor(options: { readonly clock: Clock; readonly forMs: number; readonly max: number }) {
    this.#options = options;
  }

  of(key: string, ask: () => Promise<T>): Promise<T> {
    const { clock, forMs, max } = this.#options;
    const now = clock.elapsed();
    const known = this.#kept.get(key);
    if (known !== undefined && now - known.at < forMs) return known.answer;
    const answer = ask();
    this.#kept.delete(key); // the newest are last
    this.#kept.set(key, { answer, at: now });
    answer.catch(() => this.#dropIf(key, answer));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > max && oldest !== undefined) this.#kept.delete(oldest);
    return answer;
  }

  #dropIf(key: string, answer: Promise<T>): void {
    if (this.#kept.get(key)?.answer === answer) this.#kept.delete(key);
  }
}
