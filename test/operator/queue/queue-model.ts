export interface ModelOptions {
  readonly workers: number;
  readonly firstMs: number;
  readonly maxMs: number;
  readonly perSecond: number;
  readonly burst: number;
}

/** What a work queue has to do, said without timers and promises. */
export class QueueModel {
  readonly runs: string[] = [];
  readonly running = new Map<string, number>();
  adds = 0;
  retries = 0;
  readonly #options: ModelOptions;
  #now = 0;
  #waiting: string[] = [];
  #again: string[] = [];
  #delayed: { key: string; dueAt: number; isRetry: boolean; order: number }[] = [];
  readonly #failures = new Map<string, number>();
  /** When the bucket was, or will be, empty. */
  #emptyAt = Number.NEGATIVE_INFINITY;
  #order = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  get runningMs(): readonly number[] {
    return [...this.running.values()].map((since) => this.#now - since);
  }

  add(key: string): void {
    if (this.#waiting.includes(key) || this.#again.includes(key)) return;
    this.adds += 1;
    (this.running.has(key) ? this.#again : this.#waiting).push(key);
    this.#start();
  }

  addAfter(key: string, ms: number, isRetry = false): void {
    const dueAt = this.#now + ms;
    const known = this.#delayed.find((one) => one.key === key);
    if (known !== undefined && known.dueAt <= dueAt) return;
    this.#delayed = this.#delayed.filter((one) => one !== known);
    this.#delayed.push({ key, dueAt, isRetry, order: ++this.#order });
  }

  retry(key: string, atLeastMs: number): void {
    const { firstMs, maxMs, perSecond, burst } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.retries += 1;
    if (this.#delayed.some((one) => one.key === key && one.isRetry)) return;
    const everyMs = 1_000 / perSecond;
    this.#emptyAt = Math.max(this.#emptyAt, this.#now - burst * everyMs) + everyMs;
    const ownMs = Math.min(firstMs * 2 ** (failures - 1), maxMs);
    this.addAfter(key, Math.max(ownMs, atLeastMs, this.#emptyAt - this.#now), true);
  }

  forget(key: string): void {
    this.#failures.delete(key);
    const unneeded = this.#delayed.find((one) => one.key === key && one.isRetry);
    if (unneeded === undefined) return;
    this.#delayed = this.#delayed.filter((one) => one !== unneeded);
    this.#emptyAt -= 1_000 / this.#options.perSecond;
  }

  /** The run of this key ends. */
  finish(key: string): void {
    this.running.delete(key);
    if (this.#again.includes(key)) {
      this.#again = this.#again.filter((one) => one !== key);
      this.#waiting.push(key);
    }
    this.#start();
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [due] = this.#delayed
        .filter((one) => one.dueAt <= end)
        .sort((a, b) => a.dueAt - b.dueAt || a.order - b.order);
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.dueAt);
      this.#delayed = this.#delayed.filter((one) => one !== due);
      this.add(due.key);
    }
    this.#now = end;
  }

  #start(): void {
    while (this.running.size < this.#options.workers) {
      const key = this.#waiting.shift();
      if (key === undefined) return;
      this.running.set(key, this.#now);
      this.runs.push(key);
    }
  }
}
