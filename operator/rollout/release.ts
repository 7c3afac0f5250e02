import type { RolloutStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Settings } from '../desired/child.ts';

/** What of a pod's template may be put back: never what stops or limits an executor. */
export type Release = NonNullable<RolloutStatus['lastGood']>;

/** What the spec asks for; the image of the operator's own settings where it names none. */
export function wantedRelease(
  { spec: { image, version, resources } }: Pick<TradingExecutor, 'spec'>,
  { executorImage }: Settings,
): Release {
  return {
    image: image ?? executorImage,
    ...(version === undefined ? {} : { version }),
    ...(resources === undefined ? {} : { resources }),
  };
}

/** What the pod is to run: what the spec asks for, or the last good one once that was given up. */
export function releaseInForce(executor: TradingExecutor, settings: Settings): Release {
  const wanted = wantedRelease(executor, settings);
  return putBack(ownRollout(executor), wanted) ?? wanted;
}

/** status.rollout, unless the status speaks of another object: one that was restored chooses no image. */
export function ownRollout({ metadata, status }: TradingExecutor): RolloutStatus | undefined {
  return status?.rollback?.uid === metadata.uid ? status.rollout : undefined;
}

/** The last good release while it stands in the place of `wanted`. */
export function putBack(rollout: RolloutStatus | undefined, wanted: Release): Release | undefined {
  const { failed, lastGood } = rollout ?? {};
  return failed !== undefined && isSame(failed, wanted) ? lastGood : undefined;
}

export const isSame = (a: Release, b: Release): boolean =>
  a.version === b.version && makesSamePod(a, b);

/** The tag is compiled into the image: another one asked for makes no other pod. */
export const makesSamePod = (a: Release, b: Release): boolean =>
  a.image === b.image && textOf(a.resources) === textOf(b.resources);

/** Quantities in any order; `1` and `"1"` are one amount. */
function textOf(resources: Release['resources']): string {
  const amounts = Object.entries(resources ?? {}).flatMap(([bound, all]) =>
    Object.entries(all ?? {}).map(([name, amount]) => `${bound} ${name} ${amount}`),
  );
  return amounts.toSorted().join('\n');
}
