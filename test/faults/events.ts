import type { TradingExecutor } from '../../crds/trading-executor.ts';

export type Told =
  | { readonly kind: 'set'; readonly object: TradingExecutor }
  | { readonly kind: 'gone'; readonly object: TradingExecutor };

/** A watch between the API server and those who listen: it may lag, merge and repeat, and loses nothing for ever. */
export class Events {
  readonly #listener: (told: Told) => void;
  readonly #held = new Map<string, Told>();
  #isHeld = false;
  #passed: readonly Told[] = [];

  constructor(listener: (told: Told) => void) {
    this.#listener = listener;
  }

  tell(told: Told): void {
    if (this.#isHeld)
      this.#held.set(told.object.metadata.uid, told); // of what waits the newest is left
    else this.#pass(told);
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    const waiting = [...this.#held.values()];
    this.#held.clear();
    for (const told of waiting) this.#pass(told);
  }

  /** The last two once more, in their order: as a list that was read from an older version tells them. */
  repeat(): void {
    if (!this.#isHeld) for (const told of this.#passed) this.#listener(told);
  }

  #pass(told: Told): void {
    this.#passed = [...this.#passed, told].slice(-2);
    this.#listener(told);
  }
}
