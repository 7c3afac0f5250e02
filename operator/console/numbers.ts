import type { ExecutorKey } from '../../crds/names.ts';
import type { History } from './wire/history.ts';
import type { Firing, Quantiles } from './wire/overview.ts';

/** What the console shows of one executor besides its object. Null: not known, or too old to show. */
export interface ExecutorNumbers {
  /** Place→ACK over the last 5 min, paper excluded, ms. */
  readonly latencyMs: Quantiles;
  /** Left of the 30 days' latency budget, at most 1, below 0 when overspent. */
  readonly budgetLeft: number | null;
  readonly alerts: readonly Firing[];
  readonly unknownOrders: number | null;
  /** Of /control, by pod, ms. */
  readonly controlAgeMs: Readonly<Record<string, number | null>>;
  /** Of our own guards, by reason, over the last hour. */
  readonly refusals: Readonly<Record<string, number>>;
}

/** Where the console's numbers come from. `of` is cheap and never throws; `history` may. */
export interface Numbers {
  readonly source: 'prometheus' | 'executors';
  of(key: ExecutorKey): ExecutorNumbers;
  history(key: ExecutorKey, rangeMs: number): Promise<History>;
  /** Returns how to stop listening. */
  onChange(listener: (key: ExecutorKey) => void): () => void;
  start(): void;
  stop(): Promise<void>;
}
