import type { ExecutorKey } from '../../crds/names.ts';
import type { History } from './wire/history.ts';
import type { Firing, Quantiles } from './wire/overview.ts';

export interface Numbers {
  readonly source: 'prometheus' | 'executors';
  of(key: ExecutorKey): ExecutorNumbers;
  history(key: ExecutorKey, rangeMs: number): Promise<History>;
  onChange(listener: (key: ExecutorKey) => void): () => void;
  start(): void;
  stop(): Promise<void>;
}

export interface ExecutorNumbers {
  readonly latencyMs: Quantiles;
  readonly budgetLeft: number | null;
  readonly alerts: readonly Firing[];
  readonly unknownOrders: number | null;
  readonly controlAgeMs: Readonly<Record<string, number | null>>;
  readonly refusals: Readonly<Record<string, number>>;
}
