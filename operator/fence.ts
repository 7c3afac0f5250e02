/** Says that this process may not write any more. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/**
 * Stands before every write of the reconciler, down until the lease is held. Once dropped it stays
 * down: a process that lost its lease ends, it does not try again.
 */
export class Fence {
  readonly #dropped = new AbortController();
  readonly #holds: () => boolean;

  /** `holds` judges the lease by its own deadline: a process that was stopped wakes up after it. */
  constructor(holds: () => boolean) {
    this.#holds = holds;
  }

  /** Aborts the writes under way. */
  get signal(): AbortSignal {
    return this.#dropped.signal;
  }

  drop(why: string): void {
    this.#dropped.abort(new LeadershipLost(why));
  }

  /** Throws LeadershipLost when down. */
  pass(): void {
    this.#dropped.signal.throwIfAborted();
    if (!this.#holds()) throw new LeadershipLost('the lease is not held');
  }
}
