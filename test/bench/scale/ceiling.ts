import { cardSlo } from '../../../alerts/rules/slo.ts';
import { call, SERVER_SIDE_APPLY } from '../../../crds/kube/call.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { executorPath, executorsPath } from '../../../crds/kube/paths.ts';
import { API_VERSION } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { childPath, FIELD_MANAGER } from '../../../operator/apply/perform.ts';
import { STATUS_MANAGER } from '../../../operator/apply/status.ts';
import { children } from '../../../operator/desired/children.ts';
import { must } from './must.ts';
import { together } from './objects.ts';

export interface Ceiling {
  readonly writes: number;
  readonly seconds: number;
}

const GIVEN = {
  settings: {
    executorImage: 'executor:bench',
    operatorServiceAccount: 'system/operator',
    slo: cardSlo,
  },
  serviceMonitors: false,
};

/**
 * How fast the API server takes what an operator writes for `executors` when nobody watches, decides or reads
 * before: the same children, then the same status, `width` executors at a time.
 */
export async function ceiling(connection: KubeConnection, width: number): Promise<Ceiling> {
  const path = executorsPath();
  const { items } = must(
    await call<{ items: readonly TradingExecutor[] }>(connection, { method: 'GET', path }),
  );
  let writes = 0;
  const apply = async (path: string, fieldManager: string, body: object) => {
    const query = { fieldManager, force: true };
    const contentType = SERVER_SIDE_APPLY;
    must(await call(connection, { method: 'PATCH', path, query, contentType, body }));
    writes += 1;
  };
  const begun = performance.now();
  await together(items, width, async (executor) => {
    const credentials = executor.spec.venue.credentialsSecretRef?.name;
    for (const child of children(executor, { ...GIVEN, credentials })) {
      await apply(childPath(child), FIELD_MANAGER, child);
    }
    const status = executorPath(executor.metadata, 'status');
    await apply(status, STATUS_MANAGER, statusOf(executor));
  });
  return { writes, seconds: (performance.now() - begun) / 1_000 };
}

function statusOf({ metadata: { name, namespace, generation } }: TradingExecutor): object {
  const at = new Date().toISOString().replace(/\.\d+/, '');
  const condition = (type: string) => ({
    ...{ type, status: 'False', reason: 'Starting', observedGeneration: generation },
    ...{ message: 'no pod of this executor is running yet', lastTransitionTime: at },
  });
  return {
    ...{ apiVersion: API_VERSION, kind: 'TradingExecutor', metadata: { name, namespace } },
    status: {
      observedGeneration: generation,
      conditions: ['Ready', 'Progressing', 'KillSwitchConfirmed'].map(condition),
      effective: { mode: 'paper', killSwitch: false, reason: 'AsDeclared' },
      ladder: { reached: 'paper' },
    },
  };
}
