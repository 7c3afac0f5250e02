import type { Mode } from '../../crds/trading-executor.ts';
import type { GateView } from '../gate/gate.ts';

/** How far this process has climbed since its start or its last kill. */
export interface Climb {
  readonly reached: Exclude<Mode, 'live'>;
  /** Monotonic ms: since when trickle has been open; null while it is not. */
  readonly heldSince: number | null;
}

export const bottom: Climb = { reached: 'paper', heldSince: null };

/**
 * Nobody confirms a rung from outside here, so time alone does: live begins once trickle was open
 * for `holdMs` without a break. A kill and a restart begin at the bottom.
 */
export function climb(
  before: Climb,
  view: GateView,
  { now, holdMs }: { readonly now: number; readonly holdMs: number },
): Climb {
  if (view.killed) return bottom;
  if (before.reached === 'trickle') return before;
  if (!view.open || view.mode !== 'trickle') return bottom;
  const heldSince = before.heldSince ?? now;
  return { reached: now - heldSince >= holdMs ? 'trickle' : 'paper', heldSince };
}
