import { kubectl, kubectlWithInput, serviceProxy } from './kubectl.ts';
import { until } from './until.ts';

const prometheus = `${serviceProxy('monitoring', 'prometheus-operated', 9090)}/api/v1`;
/** Prometheus cannot tell when something changes; it must be asked. */
const PATIENCE = { everyMs: 500, withinMs: 120_000 } as const;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
}

/** The alerts Prometheus itself holds; `activeAt` is the moment the rollback's clock starts. */
export async function prometheusAlerts(): Promise<readonly Alert[]> {
  const answer = JSON.parse(await kubectl('get', '--raw', `${prometheus}/alerts`)) as {
    data: { alerts: readonly Alert[] };
  };
  return answer.data.alerts;
}

/** The rollback alert of an executor, while Prometheus holds it active. */
export async function activeAlert(name: string, executor: string): Promise<Alert | undefined> {
  const alerts = await prometheusAlerts();
  return alerts.find(({ labels }) => labels.alertname === name && labels.executor === executor);
}

/**
 * Deletes what Prometheus recorded of a namespace and waits until no alert speaks of it: a desk made
 * anew under the same name would otherwise start with the last one's five minutes.
 */
export async function forgetSeries(namespace: string): Promise<void> {
  const series = encodeURIComponent(`{namespace="${namespace}"}`);
  const path = `${prometheus}/admin/tsdb/delete_series?match[]=${series}`;
  await kubectlWithInput('{}', 'create', '--raw', path, '-f', '-');
  await until(`alerts of ${namespace} end`, PATIENCE, async () => {
    const alerts = await prometheusAlerts();
    return alerts.some(({ labels }) => labels.namespace === namespace) ? undefined : true;
  });
}

/** Resolves once Prometheus scrapes an executor: a new ServiceMonitor takes a while to get there. */
export async function scraped(namespace: string, executor: string): Promise<void> {
  const up = encodeURIComponent(`up{namespace="${namespace}",executor="${executor}"} == 1`);
  await until(`Prometheus scrapes ${namespace}/${executor}`, PATIENCE, async () => {
    const answer = await kubectl('get', '--raw', `${prometheus}/query?query=${up}`);
    const { result } = (JSON.parse(answer) as { data: { result: unknown[] } }).data;
    return result.length > 0 ? true : undefined;
  });
}
