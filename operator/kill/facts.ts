import type { ControlReport } from '../../crds/control.ts';
import { durationMs } from '../../crds/duration.ts';
import { effectiveOf } from '../../crds/effective.ts';
import { compareVersions } from '../../crds/kube/object-store.ts';
import type { Mode, TradingExecutor } from '../../crds/trading-executor.ts';
import { isLeaving, mayRun, type Pod, processOf } from '../reconcile/pod.ts';

/** What one pod said, and when. Instants are on the operator's monotonic clock, in ms. */
export interface PodFacts {
  /** The process these facts are about; a restarted container is another one. */
  readonly process: string;
  readonly firstSeenAt: number;
  /** The last answer, and when it came. */
  readonly report?: ControlReport;
  readonly reportedAt?: number;
  /** The newest spec it has confirmed, by generation, and the lossGrace in it. */
  readonly goesBy?: { readonly generation: number; readonly lossGraceMs: number };
  /** Why the last question got no answer; absent when it got one. */
  readonly failure?: string;
  readonly asked: number;
}

/** One kill, from the version of the object in which it was first seen. */
export interface Kill {
  /** Changes whenever what executors must confirm changes. */
  readonly key: string;
  readonly resourceVersion: string;
  readonly seenAt: number;
  /** Since when it is exactly this one: in between it may have been lifted, unseen. */
  readonly unchangedSince: number;
  /** Pods already deleted for this kill: once each, by name. */
  readonly deleted: readonly string[];
  /** Pods that went without having confirmed it, nobody saying that their process had ended. */
  readonly lost: readonly { readonly name: string; readonly facts: PodFacts }[];
}

export interface Climb {
  readonly rung: Mode;
  /** Since when every round of questions confirmed the rung. */
  readonly since: number;
}

export interface Facts {
  readonly pods: ReadonlyMap<string, PodFacts>;
  readonly kill?: Kill;
  readonly climb?: Climb;
}

export const NO_FACTS: Facts = { pods: new Map() };

/**
 * The kill in force, or undefined. The same one as `before` while nothing about it changed. A
 * change to a kill that nobody has confirmed yet does not postpone its deadline.
 */
export function killOf(
  before: Kill | undefined,
  object: TradingExecutor,
  elapsed: number,
  confirmed: boolean,
): Kill | undefined {
  if (!effectiveOf(object).killed) return undefined;
  const { uid, generation, deletionTimestamp } = object.metadata;
  const { latched, incident } = object.status?.rollback ?? {};
  const key = JSON.stringify([uid, generation, latched, incident, deletionTimestamp]);
  if (before?.key === key) return before;
  return {
    key,
    resourceVersion: object.metadata.resourceVersion,
    seenAt: before === undefined || confirmed ? elapsed : before.seenAt,
    unchangedSince: elapsed,
    deleted: before?.deleted ?? [],
    lost: before?.lost ?? [],
  };
}

/** The lossGrace of a spec that the pod's answer shows it has taken in; of no other can it be sure. */
export function goesBy(report: ControlReport, { metadata, spec }: TradingExecutor) {
  const { generation } = metadata;
  if (generation === undefined || report.generation !== generation) return undefined;
  return { generation, lossGraceMs: durationMs(spec.control.lossGrace) };
}

/** Whether the pod's word is about this kill: it has seen the object at least as we saw it. */
export function confirms(facts: PodFacts | undefined, kill: Kill): boolean {
  const report = facts?.report;
  if (report === undefined || report.resourceVersion === null) return false;
  return (
    report.gate === 'shut' &&
    report.effective?.killed === true &&
    compareVersions(report.resourceVersion, kill.resourceVersion) >= 0
  );
}

/** The rung every pod confirms with an open gate in its present answer, if it is one. */
export function confirmedRung(
  object: TradingExecutor,
  pods: readonly Pod[],
  facts: Facts,
): Mode | undefined {
  const wanted = effectiveOf(object);
  const staying = pods.filter((pod) => !isLeaving(pod));
  if (!wanted.open || staying.length === 0) return undefined;
  const all = staying.every((pod) => {
    const said = facts.pods.get(pod.metadata.uid);
    if (!mayRun(pod) || said?.process !== processOf(pod) || said.failure !== undefined)
      return false;
    return said.report?.gate === 'open' && said.report.effective?.mode === wanted.mode;
  });
  return all ? wanted.mode : undefined;
}

/** The climb goes on while each round confirms the same rung; anything else starts it anew. */
export function climbOf(
  before: Climb | undefined,
  rung: Mode | undefined,
  elapsed: number,
): Climb | undefined {
  if (rung === undefined) return undefined;
  return before?.rung === rung ? before : { rung, since: elapsed };
}
