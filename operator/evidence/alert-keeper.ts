import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { Alert } from '../rollback/alert.ts';
import { instant } from '../rollback/instant.ts';
import { ALERT_TEXT_MAX, ALERTS_MAX, ALERTS_PATH, type AlertsHandedIn } from './hand-in.ts';
import type { DeliveredAlert } from './kept-alerts.ts';
import { type EvidenceAddress, post } from './post.ts';

const ANSWER_MS_MAX = 5_000;
/** Under way at once; what comes above it is told again within a minute. */
const SENDING_MAX = 8;
/** A repetition within this time is not handed in again; one later makes up for a lost volume. */
const KNOWN_MS = 5 * 60_000;
const KNOWN_MAX = 1_024;

export interface AlertKeeperOptions {
  readonly to: EvidenceAddress;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Takes alerts for the evidence; returns at once, and never fails. */
export type KeepAlerts = (key: ExecutorKey, alerts: readonly Alert[]) => void;

/**
 * Gives the evidence server every pending alert as it was delivered: whichever replica heard it, and
 * beside the answer to Alertmanager. There is no retry: a webhook is repeated every minute, a poll
 * every 20 s, and what the server has not taken is then handed in.
 */
export function alertKeeper({ to, clock, log }: AlertKeeperOptions): KeepAlerts {
  const knownUntil = new Map<string, number>();
  let sending = 0;
  const send = async (body: AlertsHandedIn, ids: readonly string[]): Promise<void> => {
    const what = { path: ALERTS_PATH, body, timeoutMs: ANSWER_MS_MAX };
    const answer = await post(to, what);
    if (answer.status !== 204) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
    for (const id of ids) {
      knownUntil.delete(id); // the newest are last
      knownUntil.set(id, clock.elapsed() + KNOWN_MS);
    }
    for (const id of [...knownUntil.keys()].slice(0, -KNOWN_MAX)) knownUntil.delete(id);
  };
  return ({ namespace, name }, alerts) => {
    const at = instant(clock.wall());
    const idOf = (one: DeliveredAlert) => `${namespace}/${name}/${one.key}`;
    const fresh = alerts
      .flatMap((alert) => delivered(alert, at))
      .filter((one) => (knownUntil.get(idOf(one)) ?? -1) <= clock.elapsed())
      .slice(0, ALERTS_MAX);
    if (fresh.length === 0 || sending >= SENDING_MAX) return;
    sending++;
    send({ namespace, executor: name, alerts: fresh }, fresh.map(idOf))
      .catch((err) => log.warn({ err }, 'alerts could not be handed to the evidence server'))
      .finally(() => sending--);
  };
}

/** None for an alert that nobody delivered: a poll concluded that it is over. */
function delivered(alert: Alert, at: string): DeliveredAlert[] {
  const { status, fingerprint, startsAt, delivered: as } = alert;
  if (as === undefined) return [];
  const key = `${as.via}/${status}/${fingerprint}/${instant(startsAt)}`;
  return [{ key, at, text: bounded({ receivedAt: at, ...as }) }];
}

/** Never cut in the middle: half a key is no longer known as one where it is redacted. */
function bounded(one: object): string {
  const whole = JSON.stringify(one);
  if (whole.length <= ALERT_TEXT_MAX) return whole;
  const alone = JSON.stringify({ ...one, delivery: 'too long to be kept' });
  if (alone.length <= ALERT_TEXT_MAX) return alone;
  return JSON.stringify({ ...one, delivery: 'too long to be kept', alert: 'too long to be kept' });
}
