import { childName, EXECUTOR_PROBE_PORT, EXECUTOR_TLS_PORT } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type Child, metadata, selector } from './child.ts';

/** Publishes pods that are not ready too: while killed a caller must get its 403, not silence. */
export function service(executor: TradingExecutor): Child {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(executor, childName(executor.metadata.name)),
    spec: {
      selector: selector(executor.metadata.name),
      publishNotReadyAddresses: true,
      ports: [
        { name: 'https', port: EXECUTOR_TLS_PORT, protocol: 'TCP', targetPort: 'https' },
        { name: 'metrics', port: EXECUTOR_PROBE_PORT, protocol: 'TCP', targetPort: 'metrics' },
      ],
    },
  };
}
