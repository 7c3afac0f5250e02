import type { EpochMs } from '../../crds/clock.ts';
import type { ObjectMeta } from '../../crds/trading-executor.ts';

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly reason?: string;
    readonly message?: string;
    readonly exitCode?: number;
  };
}

/** The part of a Pod this operator reads. */
export interface Pod {
  readonly metadata: ObjectMeta & { readonly deletionGracePeriodSeconds?: number };
  readonly spec?: { readonly volumes?: readonly { readonly name: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly ready?: boolean;
      readonly restartCount?: number;
      readonly containerID?: string;
      readonly state?: ContainerState;
    }[];
  };
}

const condition = (pod: Pod, type: string) =>
  pod.status?.conditions?.find((one) => one.type === type);

export const isReady = (pod: Pod): boolean => condition(pod, 'Ready')?.status === 'True';
/** Since when it counts as ready; undefined: it does not. */
export function readySince(pod: Pod): EpochMs | undefined {
  const { status, lastTransitionTime } = condition(pod, 'Ready') ?? {};
  if (status !== 'True' || lastTransitionTime === undefined) return undefined;
  return Date.parse(lastTransitionTime) as EpochMs;
}

/** When it was asked to stop; undefined: it was not. The API server notes when its grace ends. */
export function drainingSince({ metadata }: Pod): EpochMs | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp === undefined) return undefined;
  return (Date.parse(deletionTimestamp) - 1_000 * deletionGracePeriodSeconds) as EpochMs;
}

export const isLeaving = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/**
 * Whether an executor process may exist in this pod. One that never started cannot have sent
 * anything, and one that starts is closed until it has seen its object.
 */
export function mayRun(pod: Pod): boolean {
  const { phase, containerStatuses = [] } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  return containerStatuses.some(({ state }) => state?.running !== undefined);
}

/** The process in the pod: another one after a restart of the container. */
export const processOf = (pod: Pod): string =>
  `${pod.metadata.uid}/${pod.status?.containerStatuses?.[0]?.containerID ?? ''}`;

export interface Trouble {
  readonly reason: string;
  readonly message: string;
}

/** What keeps a pod from running, in the cluster's own words; undefined when nothing does. */
export function trouble(pod: Pod): Trouble | undefined {
  const scheduled = condition(pod, 'PodScheduled');
  if (scheduled?.status === 'False')
    return told(scheduled.reason, scheduled.message, 'Unscheduled');
  for (const { state } of pod.status?.containerStatuses ?? []) {
    const { waiting, terminated } = state ?? {};
    if (waiting !== undefined && waiting.reason !== 'ContainerCreating') {
      return told(waiting.reason, waiting.message, 'ContainerWaiting');
    }
    if (terminated !== undefined) {
      const ended = `the executor ended with exit code ${terminated.exitCode ?? '?'}`;
      return told(terminated.reason, terminated.message ?? ended, 'ContainerTerminated');
    }
  }
  return undefined;
}

const told = (reason: string | undefined, message: string | undefined, fallback: string) => ({
  reason: reason === undefined || !/^[A-Za-z][A-Za-z0-9]*$/.test(reason) ? fallback : reason,
  message: message ?? '',
});
