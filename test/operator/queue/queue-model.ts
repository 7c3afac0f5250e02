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
  /** Those that go first at its beginning, each kind in the order it came. */
  #waiting: { key: string; isFirst: boolean }[] = [];
  #again: { key: string; isFirst: boolean }[] = [];
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

  add(key: string, isFirst = false): void {
    const known = [...this.#waiting, ...this.#again].find((one) => one.key === key);
    if (known !== undefined && (known.isFirst || !isFirst)) return;
    if (known === undefined) this.adds += 1;
    this.#waiting = this.#waiting.filter((one) => one !== known);
    this.#again = this.#again.filter((one) => one !== known);
    if (this.running.has(key)) this.#again.push({ key, isFirst });
    else this.#wait({ key, isFirst });
    this.#start();
  }

  addFirst(key: string): void {
    this.add(key, true);
  }

  #wait(one: { key: string; isFirst: boolean }): void {
    const firsts = this.#waiting.filter(({ isFirst }) => isFirst).length;
    this.#waiting.splice(one.isFirst ? firsts : this.#waiting.length, 0, one);
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
    const again = this.#again.find((one) => one.key === key);
    this.#again = this.#again.filter((one) => one !== again);
    if (again !== undefined) this.#wait(again);
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
      const key = this.#waiting.shift()?.key;
      if (key === undefined) return;
      this.running.set(key, this.#now);
      this.runs.push(key);
    }
  }
}
