import type { Lease } from '../../crds/kube/lease.ts';
import { RELEASED_BY_ANNOTATION } from '../../crds/names.ts';
import { CREDENTIAL_LEASE_MS, STAMP_WINDOW_MS } from '../../crds/sender.ts';
import type { Mode } from '../../crds/trading-executor.ts';
import { type Moment, sinceMs } from './sight.ts';

/** Milliseconds. */
export interface LeaseTimes {
  /** A lease not renewed for this long is over. */
  readonly leaseMs: number;
  /** How far off its own time, either way, the venue lets a stamp be. */
  readonly windowMs: number;
  /** Between two renewals, give or take a tenth. */
  readonly renewMs: number;
  /** Between two tries while it is not held. */
  readonly retryMs: number;
}

export const LEASE_TIMES: LeaseTimes = {
  leaseMs: CREDENTIAL_LEASE_MS,
  windowMs: STAMP_WINDOW_MS,
  renewMs: 10_000,
  retryMs: 2_000,
};

/** What this process knows about the Lease. Instants are on its own monotonic clock, in ms. */
export type Claim =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'another';
      readonly holder: string;
      readonly version: string;
      /** When this version was first seen: the renewal that made it left before. */
      readonly since: number;
    }
  | {
      readonly kind: 'ours';
      readonly lease: Lease;
      /** When the newest renewal that was answered left. */
      readonly renewedAt: Moment;
      /** No order before: a holder before us may have left stamps the venue still takes. */
      readonly signsFrom: number;
    };

export type AnothersClaim = Extract<Claim, { kind: 'another' }>;

export const NO_CLAIM: Claim = { kind: 'none' };

/** What to do about the Lease as it was just read. */
export type Step =
  | { readonly kind: 'wait'; readonly claim: AnothersClaim }
  /** Written onto the version that was read: nobody else had it in between. */
  | { readonly kind: 'renew'; readonly lease: Lease; readonly signsFrom: number }
  | {
      readonly kind: 'take';
      readonly lease: Lease;
      readonly signsFrom: number;
      readonly claim: AnothersClaim;
    };

export interface Position {
  readonly identity: string;
  readonly claim: Claim;
  /** When the answer came. */
  readonly now: number;
  readonly times: LeaseTimes;
}

/**
 * The clocks of two nodes are never compared: another's lease is over when we have not seen it move
 * for as long as it lasts. Its last renewal left before we first saw that version, so its last stamp
 * is older than that lease's end less the window, and refused by the venue from the end on, however
 * late it arrives. We begin a window later still, for what their clock may be off.
 */
export function step(found: Lease, { identity, claim, now, times }: Position): Step {
  const holder = found.spec?.holderIdentity ?? '';
  if (holder === identity) {
    // Not known to be ours: a take-over whose answer was lost. Whoever had it, had it until now.
    const signsFrom = claim.kind === 'ours' ? claim.signsFrom : waitedOut(now, times);
    return { kind: 'renew', lease: found, signsFrom };
  }
  const { resourceVersion: version } = found.metadata;
  const isKnown = claim.kind === 'another' && claim.version === version;
  const since = isKnown ? claim.since : now;
  const seen: AnothersClaim = { kind: 'another', holder, version, since };
  if (holder === '') {
    // Emptied by hand it says nothing about what its holder still has on the way.
    const isHandedOver = found.metadata.annotations?.[RELEASED_BY_ANNOTATION] !== undefined;
    const signsFrom = isHandedOver ? Number.NEGATIVE_INFINITY : waitedOut(since, times);
    return { kind: 'take', lease: found, signsFrom, claim: seen };
  }
  const leaseMs = Math.max(times.leaseMs, (found.spec?.leaseDurationSeconds ?? 0) * 1_000);
  if (now - since < leaseMs) return { kind: 'wait', claim: seen };
  const signsFrom = waitedOut(since, { ...times, leaseMs });
  return { kind: 'take', lease: found, signsFrom, claim: seen };
}

/** Lease and window after the last moment at which somebody else may have renewed. */
export const waitedOut = (
  since: number,
  { leaseMs, windowMs }: Pick<LeaseTimes, 'leaseMs' | 'windowMs'>,
): number => since + leaseMs + windowMs;

/** Whether new real orders may be signed, and if not, why. */
export type LeaseHold = 'not-needed' | 'held' | 'waiting' | 'in-use' | 'lost';

/** With more left than the window, or not at all: a stamp must be refused before the lease is over. */
export function holdOf(claim: Claim, now: Moment, times: LeaseTimes): LeaseHold {
  if (claim.kind === 'another') return 'in-use';
  if (claim.kind === 'none' || leftMs(claim, now, times) <= times.windowMs) return 'lost';
  return now.elapsed < claim.signsFrom ? 'waiting' : 'held';
}

export const leftMs = (
  { renewedAt }: { readonly renewedAt: Moment },
  now: Moment,
  { leaseMs }: LeaseTimes,
): number => leaseMs - sinceMs(renewedAt, now);

/**
 * Held from the declared mode on, not from the one in force: the ladder's first rung is long enough
 * to wait a predecessor out. Kept while real orders live, whose cancels need the key to themselves.
 */
export function needsLease(known: {
  readonly declared: Mode | undefined;
  readonly hasKey: boolean;
  readonly hasRealOrders: boolean;
}): boolean {
  const { declared, hasKey, hasRealOrders } = known;
  return hasRealOrders || (hasKey && declared !== undefined && declared !== 'paper');
}
