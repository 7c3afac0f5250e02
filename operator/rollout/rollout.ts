import type { EpochMs } from '../../crds/clock.ts';
import type { RolloutStatus } from '../../crds/status.ts';
import { instant } from '../reconcile/instant.ts';
import { isSame, makesSamePod, putBack, type Release } from './release.ts';

/** A pod as a rollout sees it. */
export interface RolloutPod {
  readonly image: string | undefined;
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
  /** The StatefulSet runs the template it was last given: no replacement is under way. */
  readonly isSettled: boolean;
  /** Pods that are not going away. */
  readonly pods: readonly RolloutPod[];
  /** When the pod that is going away was asked to stop; undefined: none is. */
  readonly drainingSince: EpochMs | undefined;
  /** Whether its state lets the executor take orders at all. */
  readonly mayTrade: boolean;
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
  const [since] = readySince(input);
  const goodAt = since === undefined ? undefined : since + GOOD_AFTER_MS;
  const lateAt = canBePutBack(input)
    ? Date.parse(trying.since) + input.progressDeadlineMs
    : undefined;
  const times = [goodAt, lateAt].filter((at) => at !== undefined && at > input.now);
  return times.length === 0 ? undefined : Math.min(...(times as number[])) - input.now;
}

function release(input: RolloutInput): Omit<RolloutStatus, 'drainingSince' | 'gapSeconds'> {
  const { before = {}, wanted, now } = input;
  const { lastGood, failed } = before;
  const good = lastGood === undefined ? {} : { lastGood };
  // Given up until the spec asks for something else; what was put back need not prove itself again.
  if (failed !== undefined && putBack(before, wanted) !== undefined) return { ...good, failed };
  if (lastGood !== undefined && isSame(lastGood, wanted)) return good;
  if (isGood(input)) return { lastGood: wanted };
  const { trying } = before;
  const since = trying !== undefined && isSame(trying, wanted) ? trying.since : instant(now);
  const fault = faultOf(input, Date.parse(since));
  if (fault === undefined) return { ...good, trying: { ...wanted, since } };
  return { ...good, failed: { ...wanted, at: instant(now), ...fault } };
}

const isWanted = ({ wanted }: RolloutInput, { image }: RolloutPod): boolean =>
  image === wanted.image;
const hasTag = ({ wanted: { version } }: RolloutInput, { tag }: RolloutPod): boolean =>
  tag !== undefined && (version === undefined || tag === version);

/** Ready with the right tag, each pod since when. */
function readySince(input: RolloutInput): readonly EpochMs[] {
  if (!input.isSettled) return [];
  const fit = input.pods.filter((pod) => isWanted(input, pod) && hasTag(input, pod));
  return fit.flatMap((pod) => pod.readySince ?? []);
}

function isGood(input: RolloutInput): boolean {
  const since = readySince(input);
  const isAll = since.length > 0 && since.length === input.pods.length;
  return isAll && since.every((at) => input.now - at >= GOOD_AFTER_MS);
}

function canBePutBack({ before, wanted }: RolloutInput): boolean {
  const lastGood = before?.lastGood;
  return lastGood !== undefined && !makesSamePod(lastGood, wanted);
}

/** Why `wanted` is given up; undefined while it is not, or while there is nothing to put back. */
function faultOf(input: RolloutInput, since: number) {
  const { wanted, pods, now, progressDeadlineMs } = input;
  if (!canBePutBack(input)) return undefined;
  const wrong = pods.find(
    (pod) => isWanted(input, pod) && pod.tag !== undefined && !hasTag(input, pod),
  );
  if (wrong !== undefined) {
    const message = `image ${wanted.image} reports ${wrong.tag}, spec.version is ${wanted.version}`;
    return { reason: 'VersionMismatch', message };
  }
  if (now - since < progressDeadlineMs) return undefined;
  const trouble = pods.find((pod) => pod.trouble !== undefined)?.trouble;
  const late = `image ${wanted.image} was not ready within ${progressDeadlineMs / 1_000} s`;
  return {
    reason: trouble?.reason ?? 'ProgressDeadlineExceeded',
    message: trouble === undefined ? late : `${late}: ${trouble.message}`,
  };
}

/** From the old pod's last order to the new one's first chance to take one. */
function gap({ before = {}, pods, drainingSince, mayTrade, now }: RolloutInput) {
  const last = before.gapSeconds === undefined ? {} : { gapSeconds: before.gapSeconds };
  // Killed meanwhile: there is nothing to measure any more.
  if (!mayTrade) return last;
  if (drainingSince !== undefined) return { ...last, drainingSince: instant(drainingSince) };
  if (before.drainingSince === undefined) return last;
  if (!pods.some(({ isOpen }) => isOpen)) return { ...last, drainingSince: before.drainingSince };
  const ms = Math.max(0, now - Date.parse(before.drainingSince));
  return { gapSeconds: Math.round(ms / 1_000) };
}
