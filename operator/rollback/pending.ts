import type { EpochMs } from '../../crds/clock.ts';
import { PENDING_MAX, type PendingAlert } from '../../crds/status.ts';
import type { Alert } from './alert.ts';
import { instant, instantMs } from './instant.ts';

export interface Bounds {
  readonly now: EpochMs;
  /** When the last incident was acknowledged: a clock never starts before a person looked at it. */
  readonly acknowledgedAt?: EpochMs | undefined;
}

export interface Noted {
  readonly pending: readonly PendingAlert[];
  readonly outcome: 'recorded' | 'earlier' | 'again' | 'unchanged' | 'full';
  /** The alert claimed a start that cannot be; the instant of receipt is used. */
  readonly implausibleStart: boolean;
}

/**
 * The durable clock after a firing alert was seen. A repeat changes nothing and so is not written:
 * `lastSeen` moves only together with a change that is written anyway. A start only moves earlier.
 */
export function withFiring(pending: readonly PendingAlert[], alert: Alert, bounds: Bounds): Noted {
  const { since, implausibleStart } = plausibleStart(alert.startsAt, bounds);
  const known = pending.find((one) => one.fingerprint === alert.fingerprint);
  const lastSeen = instant(bounds.now);
  if (known === undefined) {
    const entry = {
      fingerprint: alert.fingerprint,
      alertname: alert.name,
      since: instant(since),
      lastSeen,
    };
    const all = [...pending, entry].sort((a, b) => instantMs(a.since) - instantMs(b.since));
    const kept = all.slice(0, PENDING_MAX);
    if (!kept.includes(entry)) return { pending, outcome: 'full', implausibleStart };
    return { pending: kept, outcome: 'recorded', implausibleStart };
  }
  const isEarlier = since < instantMs(known.since);
  if (!isEarlier && known.inconclusive !== true) {
    return { pending, outcome: 'unchanged', implausibleStart };
  }
  const { inconclusive: _, ...firing } = known;
  const entry = { ...firing, since: isEarlier ? instant(since) : known.since, lastSeen };
  const outcome = isEarlier ? 'earlier' : 'again';
  return { pending: replaced(pending, entry), outcome, implausibleStart };
}

/** What a `resolved` may mean: see recovery.ts. */
export type Resolution = 'cleared' | 'inconclusive';

/** The clock after an alert was said to be over. Without proof the entry stays and runs on. */
export function withResolved(
  pending: readonly PendingAlert[],
  fingerprint: string,
  resolution: Resolution,
  now: EpochMs,
): readonly PendingAlert[] {
  const known = pending.find((one) => one.fingerprint === fingerprint);
  if (known === undefined) return pending;
  if (resolution === 'cleared') return pending.filter((one) => one !== known);
  if (known.inconclusive === true) return pending;
  return replaced(pending, { ...known, inconclusive: true, lastSeen: instant(now) });
}

/** After an acknowledgement: what still fires starts anew, what was said to be over is forgotten. */
export function restarted(pending: readonly PendingAlert[], at: EpochMs): PendingAlert[] {
  return pending
    .filter((one) => one.inconclusive !== true)
    .map((one) => ({ ...one, since: instant(at), lastSeen: instant(at) }));
}

/** No alert is older than this system; Go's zero time and a broken clock are. */
const EARLIEST = Date.UTC(2020, 0, 1);

function plausibleStart(startsAt: EpochMs, { now, acknowledgedAt }: Bounds) {
  const implausibleStart = startsAt > now || startsAt < EARLIEST;
  const since = implausibleStart ? now : startsAt;
  return { since: Math.max(since, acknowledgedAt ?? 0) as EpochMs, implausibleStart };
}

const replaced = (pending: readonly PendingAlert[], entry: PendingAlert): PendingAlert[] =>
  pending.map((one) => (one.fingerprint === entry.fingerprint ? entry : one));
