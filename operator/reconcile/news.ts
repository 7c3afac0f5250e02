import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';

/** What the watches saw; `gone` with the last state that was known. Synchronous and cheap. */
export interface Onlooker {
  executor(key: ExecutorKey, object: TradingExecutor | undefined): void;
  incident(incident: TradingIncident, gone: boolean): void;
}

/** Tells every onlooker what the watches of this process see, on the leader and on every other. */
export class News implements Onlooker {
  readonly #onlookers = new Set<Onlooker>();

  /** Returns how to stop looking. */
  join(onlooker: Onlooker): () => void {
    this.#onlookers.add(onlooker);
    return () => this.#onlookers.delete(onlooker);
  }

  executor(key: ExecutorKey, object: TradingExecutor | undefined): void {
    for (const one of this.#onlookers) one.executor(key, object);
  }

  incident(incident: TradingIncident, gone: boolean): void {
    for (const one of this.#onlookers) one.incident(incident, gone);
  }
}
