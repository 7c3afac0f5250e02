/** Says that this process may not write any more. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/**
 * Stands before every write of the reconciler. Once dropped it stays down: a process that lost its
 * lease ends, it does not try again.
 */
export class Fence {
  readonly #dropped = new AbortController();

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
  }
}
