import type { RecentOrders } from '../../crds/control.ts';
import type { TradingExecutorStatus } from '../../crds/trading-executor.ts';

export type Stability = NonNullable<TradingExecutorStatus['stability']>;

/** Fewer acknowledgements than this say nothing about a percentile. */
const ORDERS_MIN = 20;
const SHARE_WITHIN_1S_MIN = 0.95;
const SHORT_MS = 300_000;
const LONG_MS = 3_600_000;

export interface StabilityInput {
  readonly killed: boolean;
  readonly latched: boolean;
  /** Reported tags of all pods; `declared` is spec.version, undefined when none was declared. */
  readonly tags: readonly string[];
  readonly declared: string | undefined;
  /** `recent` of every pod that answered. */
  readonly recent: readonly (readonly RecentOrders[])[];
}

/** The badge: STABLE only with proof; otherwise WATCH with every reason, most drastic first. */
export function stability(input: StabilityInput): Stability {
  const reasons: string[] = [];
  if (input.latched) reasons.push('RollbackLatched');
  if (input.killed) reasons.push('KillSwitch');
  if (input.recent.length === 0) reasons.push('NoAnswer');
  if (input.tags.some((tag) => input.declared !== undefined && tag !== input.declared)) {
    reasons.push('VersionMismatch');
  }
  const window = [SHORT_MS, LONG_MS]
    .map((windowMs) => total(input.recent, windowMs))
    .find(({ orders }) => orders >= ORDERS_MIN);
  if (window === undefined) reasons.push('NoTraffic');
  else if (window.within1s / window.orders < SHARE_WITHIN_1S_MIN) reasons.push('SlowAcks');
  return { state: reasons.length === 0 ? 'STABLE' : 'WATCH', reasons };
}

function total(recent: StabilityInput['recent'], windowMs: number) {
  const all = recent.flat().filter((one) => one.windowMs === windowMs);
  return {
    orders: all.reduce((sum, { orders }) => sum + orders, 0),
    within1s: all.reduce((sum, { within1s }) => sum + within1s, 0),
  };
}
