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
  /** When the last incident was acknowledged. */
  readonly acknowledgedAt?: EpochMs | undefined;
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

/** The rule looks at five minutes, and is evaluated up to a minute after them. */
const ALERT_WINDOW_MS = 6 * 60_000;

/**
 * How long an alert must last. One that fired through an acknowledgement still speaks of the orders
 * before it: its window must have passed, or the rollback just acknowledged would cause the next.
 */
export function mustLastMs(
  alert: PendingAlert,
  persistForMs: number,
  acknowledgedAt: EpochMs | undefined,
): number {
  const isOld = acknowledgedAt !== undefined && instantMs(alert.since) <= acknowledgedAt;
  return isOld ? Math.max(persistForMs, ALERT_WINDOW_MS) : persistForMs;
}

/**
 * What to do about the alerts on record, and why in words. Pure: the order of the questions is the
 * policy. Nothing here can loosen anything; a latch already there is left alone.
 */
export function decision(given: Circumstances): Decision {
  const { rollback, policy, recovery, acknowledgedAt, now } = given;
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
  const [first] = rollback.pending
    .map((alert) => ({ alert, lastMs: mustLastMs(alert, policy.persistForMs, acknowledgedAt) }))
    .map((one) => ({ ...one, idealAt: (instantMs(one.alert.since) + one.lastMs) as EpochMs }))
    .sort((a, b) => a.idealAt - b.idealAt);
  if (first === undefined) return { kind: 'nothing', reason: 'no alert that drives a rollback' };
  const { alert, idealAt, lastMs } = first;
  const fired = `${alert.alertname} has fired since ${alert.since}`;
  if (!policy.enabled) {
    return { kind: 'nothing', reason: `${fired}, but spec.rollback.enabled is false` };
  }
  if (now < idealAt) {
    const until = proven.length > 0 ? Math.min(idealAt, now + PROOF_EVERY_MS) : idealAt;
    const reason = `${fired}; it must last ${inWords(lastMs)}`;
    return { kind: 'wait', until: until as EpochMs, reason };
  }
  return { kind: 'act', alert, idealAt, reason: grounds(alert, inWords(lastMs), recovery) };
}

function grounds(alert: PendingAlert, persistFor: string, recovery: Recovery | undefined): string {
  const fired = `${alert.alertname} has lasted ${persistFor} since ${alert.since}`;
  if (alert.inconclusive !== true) return fired;
  return `${fired}; it was reported as resolved without proof: ${recovery?.why ?? 'no executor was asked'}`;
}
