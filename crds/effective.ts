import type { Mode, TradingExecutor } from './trading-executor.ts';

/** Why the effective state is what it is. The same string serves condition, Event, metric and log. */
export type EffectiveReason =
  | 'AsDeclared'
  | 'KillSwitch'
  | 'RollbackLatched'
  | 'LadderHolding'
  | 'Deleting'
  | 'StatusAbsent'
  | 'ForeignStatus';

export interface EffectiveInput {
  readonly mode: Mode;
  readonly killSwitch: boolean;
  readonly latched: boolean;
  readonly ladderReached: Mode;
  readonly deleting: boolean;
  /** What status.rollback.uid says against metadata.uid. */
  readonly status: 'own' | 'absent' | 'foreign';
}

export interface Effective {
  readonly mode: Mode;
  /** No new order, and own resting orders are cancelled. */
  readonly killed: boolean;
  /** Whether new orders may leave at all. False when killed, and when the status is not its own. */
  readonly open: boolean;
  /** All that made it stricter than declared, most drastic first; `AsDeclared` when nothing did. */
  readonly reasons: readonly EffectiveReason[];
}

const RUNGS = ['paper', 'trickle', 'live'] as const satisfies readonly Mode[];
const height = (mode: Mode): number => RUNGS.indexOf(mode);

/** The stricter of two modes: paper before trickle before live. */
export const stricterMode = (a: Mode, b: Mode): Mode => (height(a) <= height(b) ? a : b);
/** The rung above, or `live` at the top. */
export const rungAbove = (mode: Mode): Mode => RUNGS[height(mode) + 1] ?? 'live';

/**
 * The stricter of what is declared, the rollback latch and the ladder (promise 1). Pure: executors
 * and operator compute it from the same object and cannot disagree. Tightening any input never
 * loosens the result.
 */
export function effective(input: EffectiveInput): Effective {
  const killers: EffectiveReason[] = [];
  if (input.deleting) killers.push('Deleting');
  if (input.latched) killers.push('RollbackLatched');
  if (input.killSwitch) killers.push('KillSwitch');
  const closers: EffectiveReason[] = [];
  if (input.status === 'foreign') closers.push('ForeignStatus');
  if (input.status === 'absent') closers.push('StatusAbsent');
  const climbed = stricterMode(input.mode, rungAbove(input.ladderReached));
  const onPaper = input.deleting || input.latched || closers.length > 0;
  const mode = onPaper ? 'paper' : climbed;
  const held: EffectiveReason[] = !onPaper && climbed !== input.mode ? ['LadderHolding'] : [];
  const reasons = [...killers, ...closers, ...held];
  return {
    mode,
    killed: killers.length > 0,
    open: killers.length === 0 && closers.length === 0,
    reasons: reasons.length > 0 ? reasons : ['AsDeclared'],
  };
}

/** `effective` of an object as the API server returned it. A status of another uid counts for nothing. */
export function effectiveOf(object: TradingExecutor): Effective {
  const { metadata, spec, status } = object;
  const rollback = status?.rollback;
  const owner =
    rollback === undefined ? 'absent' : rollback.uid === metadata.uid ? 'own' : 'foreign';
  return effective({
    mode: spec.mode,
    killSwitch: spec.killSwitch,
    latched: rollback?.latched ?? false,
    ladderReached: status?.ladder?.reached ?? 'paper',
    deleting: metadata.deletionTimestamp !== undefined,
    status: owner,
  });
}
