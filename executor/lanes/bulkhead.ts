import type { Clock } from '../../crds/clock.ts';

export type Turn =
  | { readonly kind: 'slot'; readonly slot: number }
  /** The deadline passed while waiting. */
  | { readonly kind: 'expired' }
  /** Everybody was sent away, e.g. by a kill. */
  | { readonly kind: 'flushed' };

interface Waiter {
  readonly symbol: string;
  readonly wake: (turn: Turn) => void;
  readonly timer: AbortController;
}

export interface BulkheadParts {
  readonly clock: Clock;
  /** Asked again for every turn, so that it may change while orders wait. */
  readonly slots: () => number;
  readonly waitingMax: number;
}

/**
 * A queue per symbol in front of few slots. Symbols take turns, so a busy one does not starve the
 * others; within a symbol the order of arrival holds. A waiter leaves at its deadline.
 */
export class Bulkhead {
  readonly #parts: BulkheadParts;
  readonly #queues = new Map<string, Waiter[]>();
  readonly #busy = new Set<number>();
  #waiting = 0;

  constructor(parts: BulkheadParts) {
    this.#parts = parts;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get busy(): number {
    return this.#busy.size;
  }

  get isFull(): boolean {
    return this.#waiting >= this.#parts.waitingMax;
  }

  /** Waits at most `waitMs` for a slot. A slot must be given back with `leave`. */
  async enter(symbol: string, waitMs: number): Promise<Turn> {
    const slot = this.#waiting === 0 ? this.#freeSlot() : undefined;
    if (slot === undefined) return this.#wait(symbol, waitMs);
    this.#busy.add(slot);
    return { kind: 'slot', slot };
  }

  #wait(symbol: string, waitMs: number): Promise<Turn> {
    return new Promise((wake) => {
      const waiter: Waiter = { symbol, wake, timer: new AbortController() };
      const queue = this.#queues.get(symbol) ?? [];
      queue.push(waiter);
      this.#queues.set(symbol, queue);
      this.#waiting += 1;
      this.#parts.clock.after(waitMs, waiter.timer.signal).then(
        () => this.#send(waiter, { kind: 'expired' }),
        () => undefined,
      );
      this.#serve();
    });
  }

  leave(slot: number): void {
    this.#busy.delete(slot);
    this.#serve();
  }

  /** Sends everybody who waits away. */
  flush(): void {
    for (const queue of [...this.#queues.values()]) {
      for (const waiter of [...queue]) this.#send(waiter, { kind: 'flushed' });
    }
  }

  #serve(): void {
    for (let slot = this.#freeSlot(); slot !== undefined; slot = this.#freeSlot()) {
      const [symbol, queue] = this.#queues.entries().next().value ?? [];
      const waiter = queue?.[0];
      if (symbol === undefined || queue === undefined || waiter === undefined) return;
      this.#busy.add(slot);
      this.#send(waiter, { kind: 'slot', slot });
      // To the end of the line: the next symbol has its turn.
      if (this.#queues.delete(symbol) && queue.length > 0) this.#queues.set(symbol, queue);
    }
  }

  #freeSlot(): number | undefined {
    const slots = this.#parts.slots();
    if (this.#busy.size >= slots) return undefined;
    for (let slot = 0; slot < slots; slot += 1) if (!this.#busy.has(slot)) return slot;
    return undefined;
  }

  #send(waiter: Waiter, turn: Turn): void {
    const queue = this.#queues.get(waiter.symbol);
    const index = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || index === -1) return;
    queue.splice(index, 1);
    if (queue.length === 0) this.#queues.delete(waiter.symbol);
    this.#waiting -= 1;
    waiter.timer.abort(new Error('has its turn'));
    waiter.wake(turn);
  }
}
