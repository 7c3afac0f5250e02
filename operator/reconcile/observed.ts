import type { SloStatus } from '../../crds/status.ts';
import type { ObjectMeta, TradingExecutor } from '../../crds/trading-executor.ts';
import type { ChildKind, OwnerReference, Settings } from '../desired/child.ts';
import type { Facts } from '../kill/facts.ts';
import type { Pod } from './pod.ts';
import type { Budget } from './venue-budget.ts';

/** A child as the API server has it. */
export interface Live {
  readonly kind: ChildKind;
  readonly metadata: ObjectMeta & { readonly ownerReferences?: readonly OwnerReference[] };
  readonly [field: string]: unknown;
}

/** What the rollback part knows about the alerts' way to us. */
export interface Alerting {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** Everything a plan and a status are made of. Plain values. */
export interface Observed {
  readonly executor: TradingExecutor;
  /** Every object that has the kind and name of a child, whoever made it. */
  readonly live: readonly Live[];
  /** Pods with the executor's label, Terminating ones included. */
  readonly pods: readonly Pod[];
  readonly facts: Facts;
  readonly serviceMonitors: boolean;
  /** Names of the credential Leases that are there, of those the executor needs. */
  readonly leases: readonly string[];
  readonly settings: Settings;
  readonly alerting: Alerting;
  readonly slos: SloStatus;
  /** What it shares with all others at its venue; undefined while nothing real leaves. */
  readonly budget?: Budget | undefined;
  /** Monotonic ms, the scale of `facts`. */
  readonly elapsed: number;
}

export type Ownership = 'ours' | 'leaving' | 'foreign';

/**
 * Whose an object is. `leaving`: of an earlier executor of the same name; the garbage collector
 * takes it. An orphan with our labels and no controller is taken in.
 */
export function ownership(live: Live, executor: TradingExecutor, labels: object): Ownership {
  const controller = live.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller?.uid === executor.metadata.uid) {
    return live.metadata.deletionTimestamp === undefined ? 'ours' : 'leaving';
  }
  const labelled = Object.entries(labels).every(
    ([name, value]) => live.metadata.labels?.[name] === value,
  );
  if (!labelled) return 'foreign';
  if (controller === undefined) return 'ours';
  const namesake =
    controller.kind === 'TradingExecutor' && controller.name === executor.metadata.name;
  return namesake ? 'leaving' : 'foreign';
}
