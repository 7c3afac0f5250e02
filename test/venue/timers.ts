interface Pending {
  readonly tag: string;
  readonly run: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Pending work of the simulator. Tests may release it early instead of waiting, and stop clears it. */
export class Timers {
  readonly #pending = new Set<Pending>();

  /** Runs `run` after `ms`; at once, in the same turn, when `ms` is 0. */
  after(ms: number, tag: string, run: () => void): void {
    if (ms <= 0) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.#pending.delete(entry);
      run();
    }, ms);
    const entry: Pending = { tag, run, timer };
    this.#pending.add(entry);
  }

  count(tag: string): number {
    return [...this.#pending].filter((entry) => entry.tag === tag).length;
  }

  /** Runs everything that waits under `tag` now, oldest first. Returns how many ran. */
  release(tag: string): number {
    const due = [...this.#pending].filter((entry) => entry.tag === tag);
    for (const entry of due) {
      clearTimeout(entry.timer);
      this.#pending.delete(entry);
      entry.run();
    }
    return due.length;
  }

  clear(): void {
    for (const entry of this.#pending) clearTimeout(entry.timer);
    this.#pending.clear();
  }
}
