import { childName, EXECUTOR_LABEL } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type Child, metadata, selector } from './child.ts';

/** Prometheus writes label names with underscores for every other sign. */
const SCRAPED_LABEL = EXECUTOR_LABEL.replaceAll(/[^a-zA-Z0-9]/g, '_');

/** Scraped series carry `namespace` and `executor`, which the rules and the webhook go by. */
export function serviceMonitor(executor: TradingExecutor): Child {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadata(executor, childName(executor.metadata.name)),
    spec: {
      selector: { matchLabels: selector(executor.metadata.name) },
      endpoints: [
        {
          port: 'metrics',
          path: '/metrics',
          interval: '5s',
          scrapeTimeout: '4s',
          relabelings: [
            {
              action: 'replace',
              sourceLabels: [`__meta_kubernetes_service_label_${SCRAPED_LABEL}`],
              targetLabel: 'executor',
            },
          ],
        },
      ],
    },
  };
}
