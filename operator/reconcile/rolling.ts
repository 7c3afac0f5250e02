import type { EpochMs } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import { effectiveOf } from '../../crds/effective.ts';
import { factsOf, killVerdict } from '../kill/verdict.ts';
import { ownRollout, wantedRelease } from '../rollout/release.ts';
import type { RolloutInput, RolloutPod } from '../rollout/rollout.ts';
import type { Observed } from './observed.ts';
import type { Plan } from './plan.ts';
import { drainingSince, isLeaving, type Pod, readySince, trouble } from './pod.ts';

interface StatefulSetParts {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

const writesSet = ({ actions }: Plan): boolean =>
  actions.some((one) => 'child' in one && one.child.kind === 'StatefulSet');

/** Whether the pod is being replaced, or is about to be. */
export function isRolling(seen: Observed, plan: Plan): boolean {
  if (writesSet(plan)) return true;
  const set = seen.live.find(({ kind }) => kind === 'StatefulSet');
  if (set === undefined) return plan.foreign.length === 0;
  const told = (set as StatefulSetParts).status ?? {};
  return (
    (told.observedGeneration ?? 0) < (set.metadata.generation ?? 0) ||
    told.currentRevision !== told.updateRevision ||
    seen.pods.some(isLeaving)
  );
}

/** Of CRDs that do not know spec.rollout yet. */
const DEADLINE = '3m';
const REVISION_LABEL = 'controller-revision-hash';

/** What the rollout is decided from. */
export function rolloutOf(seen: Observed, plan: Plan, now: EpochMs): RolloutInput {
  const { executor, pods, settings } = seen;
  const draining = pods.flatMap((pod) => drainingSince(pod) ?? []);
  const { rollout = { progressDeadline: DEADLINE } } = executor.spec as Partial<
    typeof executor.spec
  >;
  const kill = killVerdict(executor, pods, seen.facts, seen.elapsed);
  const revision = appliedRevision(seen, plan);
  return {
    before: ownRollout(executor),
    wanted: wantedRelease(executor, settings),
    isGoing: executor.metadata.deletionTimestamp !== undefined,
    pods: pods.filter((pod) => !isLeaving(pod)).map((pod) => rolloutPod(seen, pod, revision)),
    drainingSince: draining.length === 0 ? undefined : (Math.min(...draining) as EpochMs),
    mayTrade: effectiveOf(executor).open,
    isCancelling: kill.kind !== 'none' && !(kill.kind === 'gated' && kill.flat),
    progressDeadlineMs: durationMs(rollout.progressDeadline),
    now,
  };
}

/** The revision of the template that was written last; undefined while the controller has not seen it. */
function appliedRevision(seen: Observed, plan: Plan): string | undefined {
  if (writesSet(plan)) return undefined;
  const set = seen.live.find(({ kind }) => kind === 'StatefulSet');
  const told = (set as StatefulSetParts | undefined)?.status ?? {};
  const isSeen = (told.observedGeneration ?? 0) >= (set?.metadata.generation ?? 0);
  return isSeen ? told.updateRevision : undefined;
}

function rolloutPod({ facts }: Observed, pod: Pod, revision: string | undefined): RolloutPod {
  const report = factsOf(facts, pod)?.report;
  return {
    isCurrent: revision !== undefined && pod.metadata.labels?.[REVISION_LABEL] === revision,
    readySince: readySince(pod),
    tag: report?.version.tag,
    isOpen: report?.gate === 'open',
    trouble: trouble(pod),
  };
}
