import {
  type Mode,
  type TradingExecutor,
  TradingExecutorSpec,
  type TradingExecutorStatus,
} from '../../crds/trading-executor.ts';

interface Wanted {
  readonly mode?: Mode;
  readonly killSwitch?: boolean;
  /** Default: a status of its own, not latched. */
  readonly status?: TradingExecutorStatus | undefined;
  readonly deletionTimestamp?: string;
}

/** A TradingExecutor as the API server would return it. */
export function anExecutor(wanted: Wanted = {}): TradingExecutor {
  const { mode = 'paper', killSwitch = false, deletionTimestamp } = wanted;
  const own = { rollback: { uid: 'uid-1', pending: [], latched: false } };
  const status = 'status' in wanted ? wanted.status : own;
  return {
    apiVersion: 'spark.trading/v1alpha1',
    kind: 'TradingExecutor',
    metadata: {
      name: 'main',
      namespace: 'team',
      uid: 'uid-1',
      resourceVersion: '1',
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec: TradingExecutorSpec.parse({
      mode,
      killSwitch,
      venue: { name: 'btcturk', credentialsSecretRef: { name: 'keys' } },
    }),
    ...(status === undefined ? {} : { status }),
  };
}
