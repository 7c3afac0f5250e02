import type { Clock, EpochMs } from '../../crds/clock.ts';
import { type Effective, effective, effectiveOf } from '../../crds/effective.ts';
import {
  type TradingExecutor,
  TradingExecutorSpec,
  TradingExecutorStatus,
} from '../../crds/trading-executor.ts';

/** What was last seen of the own object. */
export interface Sight {
  /** The newest state acted on; kept when the object is gone, so that cancels know their callers. */
  readonly object: TradingExecutor | null;
  readonly effective: Effective | null;
  /** True when the newest state does not read as a TradingExecutor. */
  readonly unreadable: boolean;
  readonly gone: boolean;
  readonly seenAt: EpochMs | null;
  /** Monotonic, when this state was applied. */
  readonly appliedAt: number;
  /** Wall time at which the kill in force shut the gate. */
  readonly gatedAt: EpochMs | null;
}

export const nothingSeen: Sight = {
  object: null,
  effective: null,
  unreadable: false,
  gone: false,
  seenAt: null,
  appliedAt: Number.NEGATIVE_INFINITY,
  gatedAt: null,
};

export type Look =
  | { readonly kind: 'object'; readonly raw: TradingExecutor; readonly from: 'watch' }
  /** `askedAt`: monotonic, when the consistent GET left. */
  | {
      readonly kind: 'object';
      readonly raw: TradingExecutor;
      readonly from: 'get';
      readonly askedAt: number;
    }
  | { readonly kind: 'gone' };

export interface Moment {
  readonly wall: EpochMs;
  readonly elapsed: number;
}

export const momentOf = (clock: Clock): Moment => ({
  wall: clock.wall(),
  elapsed: clock.elapsed(),
});

/**
 * By the longer of monotonic and own wall time: the monotonic clock stands still while a virtual
 * machine is frozen. A wall clock that was set ahead costs no more than the time to the next proof.
 */
export const sinceMs = (then: Moment, now: Moment): number =>
  Math.max(now.elapsed - then.elapsed, now.wall - then.wall);

/** True once seen and killed: nothing new leaves and own orders are cancelled. */
export const isKilled = (sight: Sight): boolean => sight.gone || (sight.effective?.killed ?? false);

/** What the sight becomes after one look. Pure; the same for the watch and the GET. */
export function look(sight: Sight, what: Look, now: Moment): Sight {
  if (what.kind === 'gone') return stamped(sight, { ...sight, gone: true }, now);
  if (isOvertaken(sight, what)) return sight;
  const object = readable(what.raw);
  const next: Sight = {
    ...sight,
    object: object ?? sight.object,
    effective: object === undefined ? stillSaid(what.raw, isKilled(sight)) : effectiveOf(object),
    unreadable: object === undefined,
    gone: false,
  };
  return stamped(sight, next, now);
}

/** Of an object that does not read, what would stop us still counts; nothing in it opens. */
function stillSaid(raw: TradingExecutor, wasKilled: boolean): Effective {
  const said = effective({
    mode: 'paper',
    ladderReached: 'paper',
    killSwitch: raw.spec?.killSwitch === true || wasKilled,
    latched: raw.status?.rollback?.latched === true,
    deleting: raw.metadata.deletionTimestamp !== undefined,
    status: 'own',
  });
  return { ...said, open: false };
}

function stamped(before: Sight, after: Sight, { wall, elapsed }: Moment): Sight {
  const gatedAt = isKilled(after) ? (before.gatedAt ?? wall) : null;
  return { ...after, gatedAt, seenAt: wall, appliedAt: elapsed };
}

/**
 * An older state never loosens a newer one. A consistent GET that left after the newest state was
 * applied is right whatever its version says: after a restore from backup versions start lower. A
 * deleted object does not come back under the same uid. What tightens is never refused.
 */
function isOvertaken(sight: Sight, what: Extract<Look, { kind: 'object' }>): boolean {
  if (sight.object === null) return false;
  const { raw } = what;
  const readAfter = what.from === 'get' && what.askedAt >= sight.appliedAt;
  if (sight.gone) return raw.metadata.uid === sight.object.metadata.uid && !readAfter;
  if (readAfter) return false;
  if (version(raw) >= version(sight.object)) return false;
  const object = readable(raw);
  return !(object === undefined ? stillSaid(raw, false) : effectiveOf(object)).killed;
}

export function version(object: TradingExecutor): bigint {
  const text = object.metadata.resourceVersion;
  return /^[0-9]+$/.test(text) ? BigInt(text) : 0n;
}

/** The object with defaults filled in; a status that does not read counts as absent. */
function readable(raw: TradingExecutor): TradingExecutor | undefined {
  const spec = TradingExecutorSpec.safeParse(raw.spec);
  if (!spec.success) return undefined;
  const status = TradingExecutorStatus.safeParse(raw.status ?? {});
  const { apiVersion, kind, metadata } = raw;
  const read = { apiVersion, kind, metadata, spec: spec.data };
  return status.success ? { ...read, status: status.data } : read;
}
