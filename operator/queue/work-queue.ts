import type { Clock } from '../../crds/clock.ts';
import { type BackoffPolicy, backoffMs, RETRY } from './backoff.ts';

export interface QueueObserver {
  added(depth: number): void;
  taken(depth: number, waitedMs: number): void;
  done(workedMs: number): void;
  retried(): void;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer?: QueueObserver;
  readonly policy?: BackoffPolicy;
}

/**
 * Keys that need work. A key is in it once, however often it was added; at most one run per key at
 * a time; a key added while it runs is run once more afterwards. Bounded by the number of keys.
 */
export class WorkQueue {
  readonly #waiting = new Map<string, number>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { dueAt: number; cancel: AbortController }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #options: QueueOptions;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#closed || this.#waiting.has(key)) return;
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#waiting.set(key, this.#options.clock.elapsed());
    this.#options.observer?.added(this.depth);
    this.#hand();
  }

  /** Adds after a delay. Of several delays for one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    const dueAt = clock.elapsed() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.dueAt <= dueAt) return;
    earlier?.cancel.abort();
    const cancel = new AbortController();
    this.#delayed.set(key, { dueAt, cancel });
    clock.after(ms, cancel.signal).then(
      () => {
        this.#delayed.delete(key);
        this.add(key);
      },
      () => undefined, // cancelled by an earlier date or by close
    );
  }

  /** Adds after the key's own back-off; `forget` starts that anew. */
  retry(key: string, atLeastMs = 0): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#options.observer?.retried();
    const { policy = RETRY, random } = this.#options;
    this.addAfter(key, Math.max(atLeastMs, backoffMs(policy, failures, random())));
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Runs `work` over the keys with `concurrency` workers until `close`. `work` must not throw. */
  async run(concurrency: number, work: (key: string) => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: concurrency }, () => this.#worker(work)));
  }

  /** Ends every worker after its present key. Nothing waiting is run. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel.abort();
    this.#delayed.clear();
    this.#waiting.clear();
    for (const take of this.#takers.splice(0)) take(undefined);
  }

  async #worker(work: (key: string) => Promise<void>): Promise<void> {
    for (let key = await this.#next(); key !== undefined; key = await this.#next()) {
      const began = this.#options.clock.elapsed();
      try {
        await work(key);
      } finally {
        this.#options.observer?.done(this.#options.clock.elapsed() - began);
        this.#running.delete(key);
        if (this.#again.delete(key)) this.add(key);
      }
    }
  }

  #next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      if (this.#closed) for (const take of this.#takers.splice(0)) take(undefined);
      else this.#hand();
    });
  }

  #hand(): void {
    for (const [key, since] of this.#waiting) {
      const take = this.#takers.shift();
      if (take === undefined) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      this.#options.observer?.taken(this.depth, this.#options.clock.elapsed() - since);
      take(key);
    }
  }
}
