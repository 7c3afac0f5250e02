import { cardSlo } from '../../../alerts/rules/slo.ts';
import type { Answer, Call } from '../../../crds/kube/call.ts';
import { STOP_FINALIZER } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import type { Cluster } from '../../../operator/cluster.ts';
import type { Facts } from '../../../operator/kill/facts.ts';
import { LeaseSight } from '../../../operator/reconcile/lease-sight.ts';
import type { Pod } from '../../../operator/reconcile/pod.ts';
import type { Shell } from '../../../operator/reconcile/reconcile.ts';
import { UNKNOWN } from '../../../operator/reconcile/slo-verdicts.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { anExecutor, stamp } from '../rollback/builders.ts';

export const SETTINGS = {
  executorImage: 'executor:1',
  operatorServiceAccount: 'system/operator',
  slo: cardSlo,
};

/** A killed executor with a status of its own, and our finalizer. */
export function aKilled(metadata: object = {}): TradingExecutor {
  const made = anExecutor();
  return {
    ...made,
    metadata: { ...made.metadata, finalizers: [STOP_FINALIZER], ...metadata },
    spec: { ...made.spec, killSwitch: true },
    status: { rollback: { uid: 'uid-1', pending: [], latched: false } },
  };
}

export const aPod: Pod = {
  metadata: { name: 'btc-executor-0', namespace: 'desk', uid: 'pod-1', resourceVersion: '1' },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'executor', state: { running: { startedAt: stamp('02:00:00') } } }],
  },
};

/** The pod was asked and gave no answer; the kill is as old as the process. */
export const SILENT: Facts = {
  pods: new Map([['pod-1', { process: 'pod-1/', firstSeenAt: 0, failure: 'silent', asked: 3 }]]),
  kill: { key: 'k', resourceVersion: '1', seenAt: 0, unchangedSince: 0, deleted: [], lost: [] },
};

export interface FakeShell extends Shell {
  readonly clock: ManualClock;
  readonly calls: string[];
  /** Reasons, as metric and log have them. */
  readonly reasons: string[];
}

/** A shell without children around one executor, whose writes `answer` takes. */
export function aShell(
  executor: TradingExecutor,
  answer: (request: Call) => Answer<unknown>,
): FakeShell {
  const clock = new ManualClock();
  const calls: string[] = [];
  const reasons: string[] = [];
  const cluster = {
    get: async (path: string) => (path.includes('/leases/') ? {} : undefined),
    write: async (request: Call) => {
      calls.push(`${request.method} ${request.path.split('/').slice(-2).join('/')}`);
      return answer(request);
    },
  };
  const world = {
    executor: () => executor,
    child: () => undefined,
    pods: () => [aPod],
    knows: () => false,
    sawChild: () => undefined,
    sawExecutor: () => undefined,
  };
  return {
    ...{ calls, reasons, clock, settings: SETTINGS },
    cluster: cluster as unknown as Cluster,
    world: world as unknown as Shell['world'],
    confirm: { follow: () => SILENT, deleted: () => undefined } as unknown as Shell['confirm'],
    alerting: () => ({ status: 'Unknown', reason: 'NothingHeard', message: '' }),
    slos: () => UNKNOWN,
    budget: () => undefined,
    tell: () => undefined,
    saveLog: async () => undefined,
    podDeleted: () => undefined,
    leases: new LeaseSight(cluster as unknown as Cluster),
    searched: new Set(),
    failed: (_, { reason }) => void reasons.push(reason),
    released: () => undefined,
    mayWriteNumbers: () => true,
  };
}
