import type { EpochMs } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import { DELETE_WITHOUT_FLAT_ANNOTATION, STOP_FINALIZER } from '../../crds/names.ts';
import { labels } from '../desired/child.ts';
import { CREDENTIALS_VOLUME } from '../desired/stateful-set.ts';
import { mountedSecret } from '../reconcile/credentials.ts';
import { type Live, type Observed, ownership } from '../reconcile/observed.ts';
import { isNobodyThere, notFlat } from './not-flat.ts';

export const RELEASES = [
  'Flat',
  'NothingAtStake',
  'Overridden',
  'NobodyLeft',
  'DeadlinePassed',
] as const;

/** An executor that may go, and what was not shown to be flat; empty when all was, or nothing had to be. */
export interface Release {
  readonly kind: 'release';
  readonly reason: (typeof RELEASES)[number];
  readonly notFlat: readonly string[];
}

export interface Waiting {
  readonly kind: 'wait';
  readonly notFlat: readonly string[];
  /** When it goes as it is, unless something is shown before. */
  readonly until: EpochMs;
  readonly leftMs: number;
}

export type Deletion =
  /** It stays and has its finalizer, or it goes and has none of ours. */
  | { readonly kind: 'none' }
  /** It has no finalizer yet. It gets one before its children are made. */
  | { readonly kind: 'guard' }
  | Waiting
  | Release;

/**
 * What becomes of the finalizer: an executor is let go once it is flat (gated, and nothing of its own
 * open, in flight or unknown), or when waiting cannot show that any more. Pure.
 * @param now wall clock; the deadline counts by the shorter of this and the monotonic time
 */
export function deletion(seen: Observed, now: EpochMs): Deletion {
  const { metadata } = seen.executor;
  const isHeld = metadata.finalizers?.includes(STOP_FINALIZER) ?? false;
  if (metadata.deletionTimestamp === undefined) return { kind: isHeld ? 'none' : 'guard' };
  if (!isHeld) return { kind: 'none' };
  if (!isAtStake(seen)) return { kind: 'release', reason: 'NothingAtStake', notFlat: [] };
  const open = notFlat(seen);
  const release = (reason: Release['reason']): Release => ({
    ...{ kind: 'release', reason, notFlat: open },
  });
  if (open.length === 0) return release('Flat');
  if (metadata.annotations?.[DELETE_WITHOUT_FLAT_ANNOTATION] === metadata.name) {
    return release('Overridden');
  }
  if (!canBecomeFlat(seen)) return release('NobodyLeft');
  const { until, leftMs } = deadline(seen, Date.parse(metadata.deletionTimestamp), now);
  return leftMs > 0 ? { kind: 'wait', notFlat: open, until, leftMs } : release('DeadlinePassed');
}

/**
 * Whether it can have orders at a venue at all: without a key there is none to sign with. The key is
 * that of the pods and their template too, where a change of Secret waits until it is flat.
 */
function isAtStake(seen: Observed): boolean {
  const set = ownSet(seen);
  return (
    seen.executor.spec.venue.credentialsSecretRef !== undefined ||
    (set !== undefined && mountedSecret(set) !== undefined) ||
    seen.pods.some(({ spec }) => spec?.volumes?.some(({ name }) => name === CREDENTIALS_VOLUME))
  );
}

/** A process that runs can, and so can the pod that its StatefulSet makes anew. */
function canBecomeFlat(seen: Observed): boolean {
  const set = ownSet(seen);
  if (set !== undefined && set.metadata.deletionTimestamp === undefined) return true;
  return !isNobodyThere(seen);
}

/** Made for this object, or its orphan; one that the garbage collector is taking included. */
function ownSet({ executor, live }: Observed): Live | undefined {
  const set = live.find(({ kind }) => kind === 'StatefulSet');
  if (set === undefined) return undefined;
  return ownership(set, executor, labels(executor.metadata.name)) === 'foreign' ? undefined : set;
}

/** A clock that jumps must not end the wait; an operator that has just begun counts anew. */
function deadline({ executor, facts, elapsed }: Observed, since: number, now: EpochMs) {
  const ms = durationMs(executor.spec.control.deleteDeadline);
  const waitedMs = Math.min(now - since, elapsed - (facts.kill?.seenAt ?? elapsed));
  return { until: (since + ms) as EpochMs, leftMs: ms - waitedMs };
}
