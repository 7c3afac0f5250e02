import { trustName } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type Child, metadata } from './child.ts';

/** Where the executor publishes its certificate. `data` is the executor's, so it is not applied. */
export function trust(executor: TradingExecutor): Child {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(executor, trustName(executor.metadata.name)),
  };
}
