import { effectiveOf } from '../../crds/effective.ts';
import type { PodStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { ownRollback } from '../rollback/latch.ts';
import type { ExecutorNumbers } from './numbers.ts';
import { type ExecutorRow, type Trouble, troubles } from './wire/overview.ts';

export interface RowInput {
  readonly object: TradingExecutor;
  readonly numbers: ExecutorNumbers;
  /** When the kill in force began, as far as this process knows. RFC 3339. */
  readonly killedAt: string | null;
}

type Badge = ExecutorRow['badge'];

/** One line of the overview. Pure: the object as last seen, and numbers that may be unknown. */
export function row({ object, numbers, killedAt }: RowInput): ExecutorRow {
  const { metadata, spec, status } = object;
  const pods = status?.pods ?? [];
  const badge = badgeOf(object);
  const own = ownRollback(object);
  const { latencyMs, budgetLeft, alerts, unknownOrders } = numbers;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    venue: spec.venue.name,
    declared: {
      mode: spec.mode,
      killSwitch: spec.killSwitch,
      version: spec.version ?? null,
    },
    effective: status?.effective ?? null,
    badge,
    pods,
    killedAt: effectiveOf(object).killed ? killedAt : null,
    ...{ latencyMs, budgetLeft, alerts, unknownOrders },
    version: versionOf(pods),
    incident: own?.latched === true ? (own.incident ?? null) : null,
    deleting: metadata.deletionTimestamp !== undefined,
    troubles: troublesOf(object, numbers, badge),
  };
}

/**
 * The operator's badge. It is written at most once a minute and not at all by an operator that is
 * away, so what the object itself already contradicts is never shown as STABLE.
 */
function badgeOf(object: TradingExecutor): Badge {
  const { status } = object;
  const { stability } = status ?? {};
  if (stability === undefined) return { state: 'WATCH', reasons: ['NotJudgedYet'] };
  const reasons = [...stability.reasons];
  const add = (reason: string, holds: boolean) => {
    if (holds && !reasons.includes(reason)) reasons.unshift(reason);
  };
  add('KillSwitch', effectiveOf(object).killed);
  add('RollbackLatched', ownRollback(object)?.latched === true);
  return { state: reasons.length === 0 ? stability.state : 'WATCH', reasons };
}

/** The tag of all pods, or of each where they differ. */
function versionOf(pods: readonly PodStatus[]): string | null {
  const tags = [...new Set(pods.flatMap(({ version }) => version ?? []))];
  return tags.length === 0 ? null : tags.join(', ');
}

const SILENT: readonly PodStatus['state'][] = ['Unreachable', 'FencedByTime'];
const NOT_GATED: readonly PodStatus['state'][] = ['Ungated', ...SILENT];
/** Reasons of a badge that are shown as a trouble of their own, or are none. */
const TOLD_ELSEWHERE = ['RollbackLatched', 'KillSwitch', 'NoTraffic'];

function troublesOf(
  object: TradingExecutor,
  { alerts, unknownOrders }: ExecutorNumbers,
  badge: Badge,
): readonly Trouble[] {
  const { killed } = effectiveOf(object);
  const pods = object.status?.pods ?? [];
  const isSilent = pods.length > 0 && pods.every(({ state }) => SILENT.includes(state));
  const isUnready = conditionIs(object, 'Ready', 'False');
  const told = isSilent || isUnready ? [...TOLD_ELSEWHERE, 'NoAnswer'] : TOLD_ELSEWHERE;
  const holds: Readonly<Record<Trouble, boolean>> = {
    KillNotConfirmed: killed && !isConfirmed(object),
    RolledBack: ownRollback(object)?.latched === true,
    Unreachable: isSilent,
    NotReady: isUnready,
    CriticalAlert: alerts.some(({ severity }) => severity === 'critical'),
    UnknownOrders: (unknownOrders ?? 0) > 0,
    SpecOverruled: conditionIs(object, 'SpecOverruled', 'True'),
    Killed: killed,
    Watch: badge.state === 'WATCH' && badge.reasons.some((reason) => !told.includes(reason)),
    Warning: alerts.some(({ severity }) => severity !== 'critical'),
  };
  return troubles.filter((trouble) => holds[trouble]);
}

/** Said by a status that knows of this kill: one from before, or a silent pod, confirms nothing. */
function isConfirmed(object: TradingExecutor): boolean {
  const { effective, pods = [] } = object.status ?? {};
  return (
    effective?.killSwitch === true &&
    conditionIs(object, 'KillSwitchConfirmed', 'True') &&
    !pods.some(({ state }) => NOT_GATED.includes(state))
  );
}

const conditionIs = ({ status }: TradingExecutor, type: string, is: string): boolean =>
  status?.conditions?.find((one) => one.type === type)?.status === is;
