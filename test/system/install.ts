import { join } from 'node:path';
import { helm, kubectl, waitFor } from './kubectl.ts';

export const RELEASE = 'trading-executor-operator';
export const SYSTEM_NAMESPACE = 'trading-system';
const CHART = join(import.meta.dirname, '../../charts/trading-executor-operator');

export interface ChartImages {
  /** `repository:tag` of each program, known to the cluster's nodes. */
  readonly operator: string;
  readonly executor: string;
  readonly camera: string;
  /** Changes with what is in them, so that an unchanged tag still rolls the operator. */
  readonly content: string;
}

/** The flags of `helm upgrade --install`, as a person with this monitoring stack would give them. */
export function chartFlags(images: ChartImages): readonly string[] {
  const [operator, operatorTag] = images.operator.split(':');
  const [executor, executorTag] = images.executor.split(':');
  const [camera, cameraTag] = images.camera.split(':');
  const values = [
    `image.repository=${operator}`,
    `image.tag=${operatorTag}`,
    `executorImage.repository=${executor}`,
    `executorImage.tag=${executorTag}`,
    'monitoring.enabled=true',
    'monitoring.serviceMonitor.interval=5s',
    'monitoring.prometheusRule.evaluationInterval=1s',
    'monitoring.alertmanagerConfig.groupInterval=5s',
    'evidence.persistence.enabled=true',
    'evidence.screenshots.enabled=true',
    `evidence.screenshots.image.repository=${camera}`,
    `evidence.screenshots.image.tag=${cameraTag}`,
    'prometheusUrl=http://prometheus-operated.monitoring.svc:9090',
    'alertmanagerUrl=http://alertmanager-operated.monitoring.svc:9093',
  ];
  const content = `podAnnotations.content=${images.content}`; // text, even if it is all digits
  return [...values.flatMap((value) => ['--set', value]), '--set-string', content];
}

/** Installs or upgrades our chart and waits until the operator serves. Safe to repeat. */
export async function installChart(images: ChartImages): Promise<string> {
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', join(CHART, 'crds')); // Helm never upgrades them
  const args = ['upgrade', '--install', RELEASE, CHART, '-n', SYSTEM_NAMESPACE];
  const waiting = ['--create-namespace', '--wait', '--timeout=3m'];
  const said = await helm(...args, ...waiting, ...chartFlags(images));
  for (const name of [RELEASE, `${RELEASE}-evidence`]) {
    await waitFor(SYSTEM_NAMESPACE, `deployment/${name}`, 'condition=Available', 60);
  }
  return said;
}
