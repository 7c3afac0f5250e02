import type { EpochMs } from '../../crds/clock.ts';
import type { PendingAlert, RollbackStatus } from '../../crds/status.ts';
import { instantMs, inWords } from './instant.ts';
import type { Recovery } from './recovery.ts';

export interface RollbackPolicy {
  readonly enabled: boolean;
  readonly persistForMs: number;
}

export interface Circumstances {
  readonly rollback: Pick<RollbackStatus, 'latched' | 'pending' | 'incident'>;
  readonly policy: RollbackPolicy;
  /** What the executors show of their own orders; needed only while an alert is inconclusive. */
  readonly recovery?: Recovery | undefined;
  readonly now: EpochMs;
}

export type Decision =
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'wait'; readonly until: EpochMs; readonly reason: string }
  /** Said to be over, and now proven: these clocks stop. */
  | { readonly kind: 'clear'; readonly fingerprints: readonly string[]; readonly reason: string }
  | {
      readonly kind: 'act';
      readonly alert: PendingAlert;
      /** since + persistFor: when acting would have been exactly on time. */
      readonly idealAt: EpochMs;
      readonly reason: string;
    };

/** How often proof of recovery is looked for while an alert was said to be over without any. */
export const PROOF_EVERY_MS = 30_000;

/** When acting on this alert is due. */
export const dueAt = (alert: PendingAlert, persistForMs: number): EpochMs =>
  (instantMs(alert.since) + persistForMs) as EpochMs;

/**
 * What to do about the alerts on record, and why in words. Pure: the order of the questions is the
 * policy. Nothing here can loosen anything; a latch already there is left alone.
 */
export function decision({ rollback, policy, recovery, now }: Circumstances): Decision {
  if (rollback.latched) {
    return {
      kind: 'nothing',
      reason: `already rolled back by incident ${rollback.incident ?? '?'}`,
    };
  }
  const proven = rollback.pending.filter((one) => one.inconclusive === true);
  if (proven.length > 0 && recovery?.recovered === true) {
    const names = proven.map((one) => one.alertname).join(', ');
    const fingerprints = proven.map((one) => one.fingerprint);
    return { kind: 'clear', fingerprints, reason: `${names} resolved: ${recovery.why}` };
  }
  const [first] = [...rollback.pending].sort((a, b) => instantMs(a.since) - instantMs(b.since));
  if (first === undefined) return { kind: 'nothing', reason: 'no alert that drives a rollback' };
  if (!policy.enabled) {
    return {
      kind: 'nothing',
      reason: `${first.alertname} has fired since ${first.since}, but spec.rollback.enabled is false`,
    };
  }
  const idealAt = dueAt(first, policy.persistForMs);
  const persistFor = inWords(policy.persistForMs);
  if (now < idealAt) {
    const until = proven.length > 0 ? Math.min(idealAt, now + PROOF_EVERY_MS) : idealAt;
    const reason = `${first.alertname} has fired since ${first.since}; it must last ${persistFor}`;
    return { kind: 'wait', until: until as EpochMs, reason };
  }
  return { kind: 'act', alert: first, idealAt, reason: grounds(first, persistFor, recovery) };
}

function grounds(alert: PendingAlert, persistFor: string, recovery: Recovery | undefined): string {
  const fired = `${alert.alertname} has lasted ${persistFor} since ${alert.since}`;
  if (alert.inconclusive !== true) return fired;
  return `${fired}; it was reported as resolved without proof: ${recovery?.why ?? 'no executor was asked'}`;
}
