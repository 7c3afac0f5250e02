import type { RecentOrders } from '../../crds/control.ts';
import type { SloStatus } from '../../crds/status.ts';
import type { TradingExecutorStatus } from '../../crds/trading-executor.ts';
import { acksWithin, type LatencySlo, slowShare } from '../slo.ts';

export type Stability = NonNullable<TradingExecutorStatus['stability']>;

/** Fewer acknowledgements than this say nothing about a percentile. */
const ORDERS_MIN = 20;
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
  readonly slo: LatencySlo;
  readonly slos: SloStatus;
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
    .map((windowMs) => acksWithin(input.recent, windowMs, { ...input.slo, counted: 'answered' }))
    .find(({ orders }) => orders >= ORDERS_MIN);
  if (window === undefined) reasons.push('NoTraffic');
  else if (slowShare(window) > input.slo.latencySlowShare) reasons.push('SlowAcks');
  return { state: reasons.length === 0 ? 'STABLE' : 'WATCH', reasons, slos: input.slos };
}
