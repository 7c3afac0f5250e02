import { kubectl, kubectlWithInput, serviceProxy } from './kubectl.ts';

const prometheus = `${serviceProxy('monitoring', 'prometheus-operated', 9090)}/api/v1`;
const FORGET_MS_MAX = 60_000;

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
  const until = performance.now() + FORGET_MS_MAX;
  while ((await prometheusAlerts()).some(({ labels }) => labels.namespace === namespace)) {
    if (performance.now() > until) throw new Error(`alerts of ${namespace} do not end`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
