import {
  type Mode,
  type TradingExecutor,
  TradingExecutorSpec,
  type TradingExecutorStatus,
} from '../../crds/trading-executor.ts';

export const NAMESPACE = 'desk';
export const NAME = 'alpha';
export const TRADER = 'desk/trader';
export const RISK = 'desk/risk';
export const OPERATOR = { namespace: 'trading-system', name: 'operator' };

type SpecInput = Record<string, unknown> & { venue?: Record<string, unknown> };

/** A TradingExecutor as the API server would return it, in a given mode that the ladder has reached. */
export function anExecutor(mode: Mode = 'live', spec: SpecInput = {}): TradingExecutor {
  return {
    apiVersion: 'spark.trading/v1alpha1',
    kind: 'TradingExecutor',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      uid: 'uid-1',
      resourceVersion: '1',
      generation: 1,
    },
    spec: TradingExecutorSpec.parse({
      mode,
      limits: { maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000 },
      whitelist: ['BTCTRY', 'BTCUSDT', 'USDTTRY'],
      callers: [
        { serviceAccount: { namespace: 'desk', name: 'trader' }, role: 'trader' },
        { serviceAccount: { namespace: 'desk', name: 'risk' }, role: 'risk' },
      ],
      ...spec,
      venue: {
        name: 'btcturk',
        baseUrl: 'http://127.0.0.1:9', // nobody: a test that trades names its simulator
        credentialsSecretRef: { name: 'key' },
        ...spec.venue,
      },
    }),
    status: {
      ladder: { reached: mode },
      rollback: { uid: 'uid-1', pending: [], latched: false },
    },
  };
}

/** The same object with another spec. */
export function respecified(object: TradingExecutor, spec: SpecInput): TradingExecutor {
  const merged = { ...object.spec, ...spec, venue: { ...object.spec.venue, ...spec.venue } };
  return { ...object, spec: TradingExecutorSpec.parse(merged) };
}

export const killed = (object: TradingExecutor, killSwitch = true): TradingExecutor =>
  respecified(object, { killSwitch });

/** The same object with another status; null removes it. */
export function withStatus(
  object: TradingExecutor,
  status: TradingExecutorStatus | null,
): TradingExecutor {
  const { status: _, ...rest } = object;
  return status === null ? rest : { ...rest, status };
}
