import type { EpochMs } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import { effectiveOf } from '../../crds/effective.ts';
import { factsOf } from '../kill/verdict.ts';
import { wantedRelease } from '../rollout/release.ts';
import type { RolloutInput } from '../rollout/rollout.ts';
import type { Observed } from './observed.ts';
import type { Plan } from './plan.ts';
import { drainingSince, isLeaving, readySince, trouble } from './pod.ts';

interface StatefulSetParts {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

/** Whether the pod is being replaced, or is about to be. */
export function isRolling(seen: Observed, plan: Plan): boolean {
  if (plan.actions.some((one) => one.kind !== 'delete-pod' && one.child.kind === 'StatefulSet')) {
    return true;
  }
  const set = seen.live.find(({ kind }) => kind === 'StatefulSet');
  if (set === undefined) return plan.foreign.length === 0;
  const told = (set as StatefulSetParts).status ?? {};
  return (
    (told.observedGeneration ?? 0) < (set.metadata.generation ?? 0) ||
    told.currentRevision !== told.updateRevision ||
    seen.pods.some(isLeaving)
  );
}

/** What the rollout is decided from. */
export function rolloutOf(seen: Observed, plan: Plan, now: EpochMs): RolloutInput {
  const { executor, pods, facts, settings } = seen;
  const draining = pods.flatMap((pod) => drainingSince(pod) ?? []);
  return {
    before: executor.status?.rollout,
    wanted: wantedRelease(executor, settings),
    isGoing: executor.metadata.deletionTimestamp !== undefined,
    isSettled: !isRolling(seen, plan),
    pods: pods
      .filter((pod) => !isLeaving(pod))
      .map((pod) => {
        const report = factsOf(facts, pod)?.report;
        return {
          image: pod.spec?.containers?.[0]?.image,
          readySince: readySince(pod),
          tag: report?.version.tag,
          isOpen: report?.gate === 'open',
          trouble: trouble(pod),
        };
      }),
    drainingSince: draining.length === 0 ? undefined : (Math.min(...draining) as EpochMs),
    mayTrade: effectiveOf(executor).open,
    progressDeadlineMs: durationMs(executor.spec.rollout.progressDeadline),
    now,
  };
}
