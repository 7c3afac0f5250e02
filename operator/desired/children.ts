import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { role, roleBinding, serviceAccount } from './access.ts';
import type { Child, Settings } from './child.ts';
import { networkPolicy } from './network-policy.ts';
import { service } from './service.ts';
import { serviceMonitor } from './service-monitor.ts';
import { statefulSet } from './stateful-set.ts';
import { trust } from './trust.ts';

export interface Circumstances {
  readonly settings: Settings;
  /** The credential Secret in force; may lag the spec until the executor is killed and flat. */
  readonly credentials: string | undefined;
  /** Whether the API server knows ServiceMonitors. */
  readonly serviceMonitors: boolean;
}

/** Everything one executor consists of, in the order it is made: access before the pod that uses it. */
export function children(executor: TradingExecutor, given: Circumstances): readonly Child[] {
  return [
    serviceAccount(executor),
    role(executor, given.credentials),
    roleBinding(executor),
    trust(executor),
    service(executor),
    statefulSet(executor, given.settings, given.credentials),
    ...(given.settings.networkPolicy === undefined
      ? []
      : [networkPolicy(executor, given.settings, given.settings.networkPolicy)]),
    ...(given.serviceMonitors ? [serviceMonitor(executor)] : []),
  ];
}
