import type { EpochMs } from '../../crds/clock.ts';
import type { RolloutStatus } from '../../crds/status.ts';
import { instant } from '../reconcile/instant.ts';
import { isSame, makesSamePod, putBack, type Release } from './release.ts';

/** A pod as a rollout sees it. */
export interface RolloutPod {
  /** Made from the template that is in force now. */
  readonly isCurrent: boolean;
  /** Since when Kubernetes counts it as ready; undefined: it does not. */
  readonly readySince: EpochMs | undefined;
  /** The tag it reports, once it was asked. */
  readonly tag: string | undefined;
  /** Whether it takes new orders, as far as it said. */
  readonly isOpen: boolean;
  /** What keeps it from running, in the cluster's words. */
  readonly trouble: { readonly reason: string; readonly message: string } | undefined;
}

export interface RolloutInput {
  readonly before: RolloutStatus | undefined;
  readonly wanted: Release;
  /** The executor is being deleted: nothing is rolled out any more. */
  readonly isGoing: boolean;
  /** Pods that are not going away. */
  readonly pods: readonly RolloutPod[];
  /** When the pod that is going away was asked to stop; undefined: none is. */
  readonly drainingSince: EpochMs | undefined;
  /** Whether its state lets the executor take orders at all. */
  readonly mayTrade: boolean;
  /** A killed pod that still cancels is not replaced for running the wrong version. */
  readonly isCancelling: boolean;
  readonly progressDeadlineMs: number;
  readonly now: EpochMs;
}

/** A version that falls over at once must not become the one that is put back. */
export const GOOD_AFTER_MS = 30_000;

/** The next state of the rollout. Equal inputs give equal states; in steady state nothing changes. */
export function rollout(input: RolloutInput): RolloutStatus {
  if (input.isGoing) return input.before ?? {};
  return { ...release(input), ...gap(input) };
}

/** When `rollout` may say something else though nothing else has changed; undefined: never. */
export function lookAgainMs(input: RolloutInput): number | undefined {
  const { trying } = rollout(input);
  if (trying === undefined || input.isGoing) return undefined;
  const goodAt = readySince(input).map((at) => at + GOOD_AFTER_MS);
  const lateAt = Date.parse(trying.since) + input.progressDeadlineMs;
  const times = [...goodAt, lateAt].filter((at) => at > input.now);
  return times.length === 0 ? undefined : Math.min(...times) - input.now;
}

/** Why what is tried is late; undefined while it is not, or when it is ready and only has to stay so. */
export function lateness(input: RolloutInput): { reason: string; message: string } | undefined {
  const { wanted, pods, now, progressDeadlineMs, before } = input;
  const { trying } = before ?? {};
  if (trying === undefined || !isSame(trying, wanted)) return undefined;
  if (now - Date.parse(trying.since) < progressDeadlineMs) return undefined;
  if (pods.length > 0 && readySince(input).length === pods.length) return undefined;
  const trouble = pods.find((pod) => pod.trouble !== undefined)?.trouble;
  const late = `image ${wanted.image} was not ready within ${progressDeadlineMs / 1_000} s`;
  return {
    reason: trouble?.reason ?? 'ProgressDeadlineExceeded',
    message: trouble === undefined ? late : `${late}: ${trouble.message}`,
  };
}

function release(input: RolloutInput): Omit<RolloutStatus, 'drainingSince' | 'gapSeconds'> {
  const { before = {}, wanted, now } = input;
  const { lastGood, failed, trying } = before;
  const good = lastGood === undefined ? {} : { lastGood };
  // Given up until the spec asks for something else; what was put back need not prove itself again.
  if (failed !== undefined && putBack(before, wanted) !== undefined) return { ...good, failed };
  if (lastGood !== undefined && isSame(lastGood, wanted)) return good;
  if (isGood(input)) return { lastGood: wanted };
  const fault = faultOf(input);
  if (fault !== undefined) return { ...good, failed: { ...wanted, at: instant(now), ...fault } };
  if (trying !== undefined && isSame(trying, wanted)) return { ...good, trying };
  return hasStarted(input) ? { ...good, trying: { ...wanted, since: instant(now) } } : good;
}

/** Its time begins when the old pod has gone: a drain takes up to half a minute, a dead node longer. */
const hasStarted = ({ pods, drainingSince }: RolloutInput): boolean =>
  drainingSince === undefined && pods.every(({ isCurrent }) => isCurrent);

const hasTag = ({ wanted: { version } }: RolloutInput, { tag }: RolloutPod): boolean =>
  tag !== undefined && (version === undefined || tag === version);

/** Of each current pod with the right tag: since when it is ready. */
function readySince(input: RolloutInput): readonly EpochMs[] {
  const fit = input.pods.filter((pod) => pod.isCurrent && hasTag(input, pod));
  return fit.flatMap((pod) => pod.readySince ?? []);
}

/** Ready for long enough, and open where it may be: a version that never opens is not good. */
function isGood(input: RolloutInput): boolean {
  const { pods, now, mayTrade } = input;
  const since = readySince(input);
  if (!hasStarted(input) || since.length === 0 || since.length < pods.length) return false;
  if (mayTrade && !pods.every(({ isOpen }) => isOpen)) return false;
  return since.every((at) => now - at >= GOOD_AFTER_MS);
}

/** Why `wanted` is given up; undefined while it is not, or while there is nothing to put back. */
function faultOf(input: RolloutInput) {
  const { before, wanted, pods, isCancelling } = input;
  const lastGood = before?.lastGood;
  if (lastGood === undefined || makesSamePod(lastGood, wanted) || isCancelling) return undefined;
  const wrong = pods.find((pod) => pod.isCurrent && pod.tag !== undefined && !hasTag(input, pod));
  if (wrong === undefined) return lateness(input);
  const message = `image ${wanted.image} reports ${wrong.tag}, spec.version is ${wanted.version}`;
  return { reason: 'VersionMismatch', message };
}

/** From the first pod's last order to the first chance to take one again, whatever came in between. */
function gap({ before = {}, pods, drainingSince, mayTrade, now }: RolloutInput) {
  const began = before.drainingSince ?? (drainingSince && instant(drainingSince));
  if (began === undefined) {
    return before.gapSeconds === undefined ? {} : { gapSeconds: before.gapSeconds };
  }
  // Killed meanwhile: there is nothing to measure any more.
  if (!mayTrade) return {};
  if (drainingSince !== undefined || !pods.some(({ isOpen }) => isOpen)) {
    return { drainingSince: began };
  }
  return { gapSeconds: Math.round(Math.max(0, now - Date.parse(began)) / 1_000) };
}
