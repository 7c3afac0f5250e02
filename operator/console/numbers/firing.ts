import { z } from 'zod';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { ownRollback } from '../../rollback/latch.ts';
import type { Firing } from '../wire/overview.ts';

/** GET /api/v1/alerts of Prometheus, as far as it is read. */
export const AlertsAnswer = z.object({
  status: z.literal('success'),
  data: z.object({
    alerts: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
        state: z.string(),
        activeAt: z.string(),
      }),
    ),
  }),
});

/** What fires, by `namespace/name` of the executor it names; one a name, the earliest. */
export function firingByExecutor(
  answer: z.output<typeof AlertsAnswer>,
): ReadonlyMap<string, readonly Firing[]> {
  const all = new Map<string, Firing[]>();
  for (const { labels, annotations, state, activeAt } of answer.data.alerts) {
    const { namespace, executor, alertname, severity = 'none' } = labels;
    if (state !== 'firing' || !namespace || !executor || !alertname) continue;
    const key = `${namespace}/${executor}`;
    const since = new Date(Date.parse(activeAt)).toISOString(); // Prometheus says nanoseconds
    const summary = annotations.summary ?? null;
    all.set(key, [...(all.get(key) ?? []), { name: alertname, severity, since, summary }]);
  }
  return new Map([...all].map(([key, alerts]) => [key, listed(alerts)]));
}

/** The alerts whose clock runs in the status: all that is known without Prometheus. */
export const firingByStatus = (executor: TradingExecutor | undefined): readonly Firing[] =>
  listed(
    (executor === undefined ? [] : (ownRollback(executor)?.pending ?? [])).map((one) => ({
      ...{ name: one.alertname, severity: 'critical', since: one.since, summary: null },
    })),
  );

/**
 * Stands in the place of the alerts while Prometheus does not tell them: an empty list would say that
 * all is well.
 */
export const alertsNotKnown = (since: string): Firing => ({
  name: 'AlertsNotKnown',
  severity: 'warning',
  since,
  summary: 'Prometheus does not tell which alerts fire; only those with a running clock are shown',
});

/** Critical first, then the oldest; one of each name and severity. */
function listed(alerts: readonly Firing[]): readonly Firing[] {
  const rank = ({ severity }: Firing): number => (severity === 'critical' ? 0 : 1);
  const sorted = [...alerts].sort(
    (a, b) => rank(a) - rank(b) || a.since.localeCompare(b.since) || a.name.localeCompare(b.name),
  );
  const first = (one: Firing): Firing | undefined =>
    sorted.find(({ name, severity }) => name === one.name && severity === one.severity);
  return sorted.filter((one) => first(one) === one);
}
