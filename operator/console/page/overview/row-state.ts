import type { PodStatus } from '../../../../crds/status.ts';
import type { ExecutorRow, Trouble } from '../../wire/overview.ts';
import { between } from '../words/instant.ts';
import { duration, UNKNOWN } from '../words/numbers.ts';
import { reasonWords, type Tone, troubleWords } from '../words/trouble.ts';

/** What one look at a row has to tell. */
export interface RowState {
  readonly tone: Tone;
  readonly badge: 'STABLE' | 'WATCH';
  /** The worst trouble first, then why the badge says WATCH; each thing once. */
  readonly reasons: readonly string[];
  readonly kill: KillState;
}

export type KillState =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'killed';
      /** By the spec, the latch, or because it is being deleted. */
      readonly why: string;
      /** Every pod is gated, and there is one. */
      readonly confirmed: boolean;
      /** What is proven least, first. */
      readonly pods: readonly PodKill[];
    };

export interface PodKill {
  readonly name: string;
  readonly tone: Tone;
  /** `gated 12 ms · flat 340 ms` */
  readonly words: string;
}

/** A badge reason that a trouble already tells. */
const toldBy: Readonly<Partial<Record<Trouble, readonly string[]>>> = {
  KillNotConfirmed: ['KillSwitch', 'NoAnswer'],
  RolledBack: ['RollbackLatched', 'KillSwitch'],
  Unreachable: ['NoAnswer'],
  Killed: ['KillSwitch'],
};

export function rowState(row: ExecutorRow): RowState {
  const told = new Set(row.troubles.flatMap((trouble) => toldBy[trouble] ?? []));
  const troubles = row.troubles
    .filter((trouble) => trouble !== 'Watch' && !(trouble === 'Killed' && row.deleting))
    .map((trouble) => troubleWords[trouble].short);
  const reasons = row.badge.reasons.filter((reason) => !told.has(reason)).map(reasonWords);
  return {
    tone: toneOf(row),
    badge: row.badge.state,
    reasons: [...(row.deleting ? ['Being deleted'] : []), ...troubles, ...reasons],
    kill: killState(row),
  };
}

/** Of the worst trouble; quiet when it is only not known to be stable. */
export function toneOf(row: ExecutorRow): Tone {
  const [worst] = row.troubles;
  if (worst !== undefined) return troubleWords[worst].tone;
  return row.badge.state === 'STABLE' ? 'good' : 'quiet';
}

/** Whether new orders are stopped: as the operator sees it, else as declared. */
export const isKilled = (row: ExecutorRow): boolean =>
  row.deleting || (row.effective?.killSwitch ?? row.declared.killSwitch) || row.declared.killSwitch;

export function killState(row: ExecutorRow): KillState {
  if (!isKilled(row)) return { kind: 'open' };
  const pods = row.pods.map((pod) => ({ ...podKill(pod, row.killedAt), rank: rank(pod) }));
  return {
    kind: 'killed',
    why: row.incident !== null ? 'by rollback' : row.deleting ? 'deleting' : 'by spec',
    confirmed: row.pods.length > 0 && row.pods.every((pod) => pod.state === 'Gated'),
    pods: pods.toSorted((a, b) => a.rank - b.rank).map(({ rank: _, ...pod }) => pod),
  };
}

const rank = (pod: PodStatus): number =>
  pod.state !== 'Gated' ? 0 : pod.flatAt === undefined ? 1 : 2;

/** How far one pod of a killed executor is; milliseconds count from the kill. */
export function podKill(pod: PodStatus, killedAt: string | null): PodKill {
  const { name, state } = pod;
  switch (state) {
    case 'Gated': {
      const gated = `gated ${since(killedAt, pod.gatedAt)}`;
      if (pod.flatAt === undefined)
        return { name, tone: 'warning', words: `${gated} · not flat yet` };
      return { name, tone: 'good', words: `${gated} · flat ${since(killedAt, pod.flatAt)}` };
    }
    case 'Unreachable':
      return { name, tone: 'critical', words: 'does not answer' };
    case 'FencedByTime':
      return { name, tone: 'warning', words: 'silent, fenced by time' };
    default:
      return { name, tone: 'critical', words: 'not gated' };
  }
}

/** The kill's moment is the operator's: an executor may have seen it first, or its clock be behind. */
const SKEW_MS = 2_000;

function since(killedAt: string | null, at: string | undefined): string {
  const ms = between(killedAt, at);
  // A pod that was gated long before, for an earlier kill say: that it is says more than a duration.
  if (ms === null || ms < -SKEW_MS) return at === undefined ? UNKNOWN : 'yes';
  return duration(Math.max(ms, 0));
}

/** Declared and effective mode, and whether they differ. */
export function modeState(row: ExecutorRow) {
  const declared = row.declared.mode;
  const inForce = row.effective?.mode ?? null;
  return { declared, inForce, differs: inForce !== declared };
}
