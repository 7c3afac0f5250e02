import { kubectl, serviceProxy } from './kubectl.ts';

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
}

/** The alerts Prometheus itself holds; `activeAt` is the moment the rollback's clock starts. */
export async function prometheusAlerts(): Promise<readonly Alert[]> {
  const path = `${serviceProxy('monitoring', 'prometheus-operated', 9090)}/api/v1/alerts`;
  const answer = JSON.parse(await kubectl('get', '--raw', path)) as {
    data: { alerts: readonly Alert[] };
  };
  return answer.data.alerts;
}

export async function activeAlert(name: string, executor: string): Promise<Alert | undefined> {
  const alerts = await prometheusAlerts();
  return alerts.find(({ labels }) => labels.alertname === name && labels.executor === executor);
}
