import type { Clock } from '../../crds/clock.ts';
import { type BackoffPolicy, backoffMs, RETRY } from './backoff.ts';
import type { TokenBucket } from './token-bucket.ts';

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
  /** Limits the retries of all keys together. Absent where a retry may be a latch. */
  readonly bucket?: TokenBucket;
}

/** `first`: before all that wait in turn. */
export type Lane = 'first' | 'in-turn';

interface Added {
  readonly since: number;
  readonly lane: Lane;
}

interface Delayed {
  readonly dueAt: number;
  readonly cancel: AbortController;
  readonly isRetry: boolean;
}

/**
 * Keys that need work. A key is in it once, however often it was added; at most one run per key at
 * a time; a key added while it runs is run once more afterwards. Bounded by the number of keys.
 */
export class WorkQueue {
  readonly #first = new Map<string, number>();
  readonly #inTurn = new Map<string, number>();
  readonly #running = new Map<string, number>();
  readonly #again = new Map<string, Added>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #options: QueueOptions;
  #workers = 0;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#first.size + this.#inTurn.size;
  }

  get workers(): number {
    return this.#workers;
  }

  /** For how long each present run has been going on, in milliseconds. */
  get runningMs(): readonly number[] {
    const now = this.#options.clock.elapsed();
    return [...this.#running.values()].map((since) => now - since);
  }

  /** A key that waits in turn already goes first from then on, and never back. */
  add(key: string, lane: Lane = 'in-turn'): void {
    if (this.#closed) return;
    const waiting = this.#waitingSince(key);
    if (waiting === undefined) {
      this.#put(key, { since: this.#options.clock.elapsed(), lane });
      this.#options.observer?.added(this.depth);
      this.#hand();
    } else if (lane === 'first') this.#put(key, { since: waiting, lane });
  }

  #waitingSince(key: string): number | undefined {
    return this.#first.get(key) ?? this.#inTurn.get(key) ?? this.#again.get(key)?.since;
  }

  #put(key: string, added: Added): void {
    if (this.#running.has(key)) this.#again.set(key, added);
    else if (added.lane === 'in-turn') this.#inTurn.set(key, added.since);
    else if (!this.#first.has(key)) {
      this.#inTurn.delete(key);
      this.#first.set(key, added.since);
    }
  }

  /** Adds after a delay. Of several delays for one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    this.#delay(key, ms, false);
  }

  /**
   * Adds after the key's own back-off, and not before the bucket has a token for it. A key that
   * waits for a retry already takes no second token: no more are owed than there are keys.
   */
  retry(key: string, atLeastMs = 0): void {
    if (this.#closed) return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const { clock, observer, bucket, policy = RETRY, random } = this.#options;
    observer?.retried();
    const ownMs = Math.max(atLeastMs, backoffMs(policy, failures, random()));
    const isWaiting = this.#delayed.get(key)?.isRetry === true;
    const tokenMs = isWaiting ? 0 : (bucket?.take(clock.elapsed()) ?? 0);
    if (!isWaiting) this.#delay(key, Math.max(ownMs, tokenMs), true);
  }

  /** The key is well: its back-off starts anew, and a retry that still waits is not needed. */
  forget(key: string): void {
    this.#failures.delete(key);
    const waiting = this.#delayed.get(key);
    if (waiting?.isRetry !== true) return;
    waiting.cancel.abort();
    this.#delayed.delete(key);
    this.#options.bucket?.giveBack();
  }

  /** Runs `work` over the keys with `concurrency` workers until `close`. `work` must not throw. */
  async run(concurrency: number, work: (key: string) => Promise<void>): Promise<void> {
    this.#workers = concurrency;
    await Promise.all(Array.from({ length: concurrency }, () => this.#worker(work)));
  }

  /** Ends every worker after its present key. Nothing waiting is run. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel.abort();
    this.#delayed.clear();
    this.#first.clear();
    this.#inTurn.clear();
    for (const take of this.#takers.splice(0)) take(undefined);
  }

  #delay(key: string, ms: number, isRetry: boolean): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    const dueAt = clock.elapsed() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.dueAt <= dueAt) return;
    earlier?.cancel.abort();
    const cancel = new AbortController();
    this.#delayed.set(key, { dueAt, cancel, isRetry });
    clock.after(ms, cancel.signal).then(
      () => {
        if (this.#delayed.get(key)?.cancel !== cancel) return;
        this.#delayed.delete(key);
        this.add(key);
      },
      () => undefined, // cancelled by an earlier date, forget or close
    );
  }

  async #worker(work: (key: string) => Promise<void>): Promise<void> {
    for (let key = await this.#next(); key !== undefined; key = await this.#next()) {
      const began = this.#options.clock.elapsed();
      try {
        await work(key);
      } finally {
        this.#options.observer?.done(this.#options.clock.elapsed() - began);
        this.#running.delete(key);
        this.#once(key);
      }
    }
  }

  /** A key that was added while it ran has been waiting since. */
  #once(key: string): void {
    const added = this.#again.get(key);
    this.#again.delete(key);
    if (added === undefined || this.#closed) return;
    this.#put(key, added);
    this.#hand();
  }

  #next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      if (this.#closed) for (const take of this.#takers.splice(0)) take(undefined);
      else this.#hand();
    });
  }

  #hand(): void {
    for (const lane of [this.#first, this.#inTurn]) {
      for (const [key, since] of lane) {
        const take = this.#takers.shift();
        if (take === undefined) return;
        lane.delete(key);
        const now = this.#options.clock.elapsed();
        this.#running.set(key, now);
        this.#options.observer?.taken(this.depth, now - since);
        take(key);
      }
    }
  }
}
