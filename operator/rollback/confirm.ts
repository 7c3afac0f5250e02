import { z } from 'zod';
import type { Clock, EpochMs } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { getText } from '../http/get-text.ts';
import type { Alert } from './alert.ts';
import { instantMs } from './instant.ts';
import { ownRollback } from './latch.ts';
import { matchesAll } from './matchers.ts';

/** Whether Prometheus knows an alert as firing, now or minutes ago. `unknown`: it did not say. */
export type Confirmed = 'fires' | 'silent' | 'unknown';
export type Confirm = (key: ExecutorKey, alertname: string) => Promise<Confirmed>;

const ANSWER_MS_MAX = 2_000;
const Answer = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.unknown()) }),
});

/** After no answer the next ones are not waited for: a storm brings an alert of every executor. */
const REST_MS = 10_000;

/** Asks over five minutes: a Prometheus that has just restarted evaluates its rules only later. */
export function confirmAt(url: string, clock: Clock): Confirm {
  let restUntil = Number.NEGATIVE_INFINITY;
  return async ({ namespace, name }, alertname) => {
    if (clock.elapsed() < restUntil) return 'unknown';
    const wanted = Object.entries({ alertname, alertstate: 'firing', namespace, executor: name });
    const labels = wanted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join();
    const query = encodeURIComponent(`last_over_time(ALERTS{${labels}}[5m])`);
    try {
      const text = await getText(`${url}/api/v1/query?query=${query}`, ANSWER_MS_MAX);
      return Answer.parse(JSON.parse(text)).data.result.length > 0 ? 'fires' : 'silent';
    } catch {
      restUntil = clock.elapsed() + REST_MS;
      return 'unknown';
    }
  };
}

interface Doubt {
  readonly object: TradingExecutor;
  readonly confirm: Confirm;
  readonly now: EpochMs;
}

/**
 * The alerts with a start that is believed. One that would act at once and that no clock of ours has
 * seen may be late, or replayed: where Prometheus does not know the alert its clock starts now, and
 * if it is true after all it acts persistFor later. A Prometheus that cannot be asked is no reason to wait.
 */
export function believed(alerts: readonly Alert[], doubt: Doubt): Promise<readonly Alert[]> {
  const { object, confirm, now } = doubt;
  const { namespace, name } = object.metadata;
  const checked = alerts.map(async (alert) => {
    if (!isDoubtful(alert, object, now)) return alert;
    const confirmed = await confirm({ namespace, name }, alert.name);
    return confirmed === 'silent' ? { ...alert, startsAt: now } : alert;
  });
  return Promise.all(checked);
}

function isDoubtful(alert: Alert, object: TradingExecutor, now: EpochMs): boolean {
  const { persistFor, matchers } = object.spec.rollback;
  if (alert.status !== 'firing' || now - alert.startsAt < durationMs(persistFor)) return false;
  if (!matchesAll(matchers, alert.labels).matches) return false;
  const pending = ownRollback(object)?.pending ?? [];
  const known = pending.find((one) => one.fingerprint === alert.fingerprint);
  return known === undefined || instantMs(known.since) > alert.startsAt;
}
