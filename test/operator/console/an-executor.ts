import type { PodStatus } from '../../../crds/status.ts';
import type { TradingExecutor, TradingExecutorStatus } from '../../../crds/trading-executor.ts';
import type { ExecutorNumbers } from '../../../operator/console/numbers.ts';
import { anExecutor, stamp } from '../rollback/builders.ts';

export const pod = (state: PodStatus['state'], more: Partial<PodStatus> = {}): PodStatus => ({
  ...{ name: 'btc-executor-0', state, ready: true, version: 'v1.2-ramp' },
  ...more,
});

export const condition = (type: string, status: 'True' | 'False' | 'Unknown', reason = 'R') => ({
  ...{ type, status, reason, message: 'm', lastTransitionTime: stamp('03:00:00') },
});

/** Live, trading, ready and STABLE, in a status of its own. */
const WELL: TradingExecutorStatus = {
  conditions: [
    condition('Ready', 'True'),
    condition('KillSwitchConfirmed', 'False', 'NotKilled'),
    condition('SpecOverruled', 'False'),
  ],
  effective: { mode: 'live', killSwitch: false, reason: 'AsDeclared' },
  ladder: { reached: 'live' },
  rollback: { uid: 'uid-1', pending: [], latched: false },
  stability: { state: 'STABLE', reasons: [] },
  pods: [pod('Open')],
};

export interface Unlike {
  readonly spec?: Partial<TradingExecutor['spec']>;
  readonly status?: Partial<TradingExecutorStatus>;
  readonly metadata?: Partial<TradingExecutor['metadata']>;
}

/** An executor that is well, but for this. */
export function executorBut({ spec, status, metadata }: Unlike = {}): TradingExecutor {
  const made = anExecutor();
  return {
    ...made,
    metadata: { ...made.metadata, ...metadata },
    spec: { ...made.spec, ...spec },
    status: { ...WELL, ...status },
  };
}

/** As the operator leaves it once a kill has been confirmed. */
export const CONFIRMED: Partial<TradingExecutorStatus> = {
  conditions: [condition('Ready', 'True'), condition('KillSwitchConfirmed', 'True', 'Flat')],
  effective: { mode: 'live', killSwitch: true, reason: 'KillSwitch' },
  stability: { state: 'WATCH', reasons: ['KillSwitch'] },
  pods: [pod('Gated')],
};

export const numbersBut = (more: Partial<ExecutorNumbers> = {}): ExecutorNumbers => ({
  latencyMs: { p50: 120, p95: 300, p99: 800 },
  budgetLeft: 0.9,
  alerts: [],
  unknownOrders: 0,
  controlAgeMs: {},
  refusals: {},
  ...more,
});
