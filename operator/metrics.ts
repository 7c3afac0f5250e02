import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestCounter } from '../crds/kube/counted.ts';
import type { CallObserver } from './cluster.ts';
import { type KillNumbers, killMetrics } from './kill/numbers.ts';
import { type QueueNumbers, queueMetrics } from './queue/metrics.ts';
import type { QueueObserver } from './queue/work-queue.ts';
import type { Outcome } from './reconcile/reconcile.ts';

/** The label values controller-runtime's dashboards select by. */
const CONTROLLER = 'tradingexecutor';
const RESULTS = ['success', 'requeue', 'requeue_after', 'error'] as const;
/** controller-runtime's buckets of a reconciliation. */
const SECONDS = [
  ...[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9,
  ],
  ...[1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
];

export interface WatchNumbers {
  readonly missed: number;
  readonly relists: number;
  readonly reconnects: number;
  readonly lastEventAtElapsed: number | undefined;
}

export interface RolloutNumbers {
  readonly of: { readonly namespace: string; readonly executor: string };
  /** Without new orders, when its pod was last replaced; undefined: not measured. */
  readonly gapSeconds: number | undefined;
  /** Whether the last good version runs in the place of the one asked for. */
  readonly isPutBack: boolean;
}

/** Numbers that others keep; read when Prometheus asks. */
export interface Readings {
  readonly elapsed: () => number;
  readonly expected: () => readonly { readonly namespace: string; readonly executor: string }[];
  readonly rollouts: () => readonly RolloutNumbers[];
  /** Those that are killed; none of the others. */
  readonly kills: () => readonly KillNumbers[];
  readonly watches: () => ReadonlyMap<string, readonly WatchNumbers[]>;
  readonly isLeader: () => boolean;
  readonly queue: () => QueueNumbers;
}

export interface OperatorMetrics {
  readonly registry: Registry;
  readonly queue: QueueObserver;
  /** Every request to the API server. */
  readonly requests: RequestCounter;
  /** Those of the reconciler, by what they are about. */
  readonly calls: CallObserver;
  reconciled(outcome: Outcome | 'error', ms: number): void;
  podDeleted(reason: string): void;
  eventLost(): void;
}

export function operatorMetrics(readings: Readings): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  gauges(registry, readings);
  const registers = [registry];
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server; code <error>: no answer.',
    labelNames: ['code', 'method', 'host'],
    registers,
  });
  const calls = new Counter({
    name: 'trading_operator_calls_total',
    help: 'Requests of the reconciler by what they are about; code error: no answer.',
    labelNames: ['code', 'method', 'resource'],
    registers,
  });
  const deleted = new Counter({
    name: 'trading_operator_pods_deleted_total',
    help: 'Pods deleted because they did not confirm a kill in time.',
    labelNames: ['reason'],
    registers,
  });
  deleted.inc({ reason: 'Ungated' }, 0);
  const lost = new Counter({
    name: 'trading_operator_events_lost_total',
    help: 'Kubernetes Events that could not be written.',
    registers,
  });
  return {
    registry,
    queue: queueMetrics(registers, CONTROLLER, readings.queue),
    requests: (method, code, host) => requests.inc({ code, method, host }),
    calls: { called: (method, code, resource) => calls.inc({ method, code, resource }) },
    reconciled: reconcileMetrics(registry),
    podDeleted: (reason) => deleted.inc({ reason }),
    eventLost: () => lost.inc(),
  };
}

function reconcileMetrics(registry: Registry): OperatorMetrics['reconciled'] {
  const registers = [registry];
  const labels = { controller: CONTROLLER };
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by result.',
    labelNames: ['controller', 'result'],
    registers,
  });
  for (const result of RESULTS) total.inc({ ...labels, result }, 0);
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciliations that failed and are tried again.',
    labelNames: ['controller'],
    registers,
  });
  errors.inc(labels, 0);
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of one reconciliation.',
    labelNames: ['controller'],
    buckets: SECONDS,
    registers,
  });
  return (outcome, ms) => {
    time.observe(labels, ms / 1_000);
    const result = resultOf(outcome);
    if (result === 'error') errors.inc(labels);
    total.inc({ ...labels, result });
  };
}

function resultOf(outcome: Outcome | 'error'): (typeof RESULTS)[number] {
  if (outcome === 'error') return 'error';
  if (outcome.kind === 'retry') return outcome.reason === 'Conflict' ? 'requeue' : 'error';
  return outcome.kind === 'waiting' || outcome.kind === 'stalled' ? 'requeue_after' : 'success';
}

function gauges(registry: Registry, readings: Readings): void {
  const registers = [registry];
  const gauge = (
    definition: { name: string; help: string; labelNames?: string[] },
    collect: (set: (labels: Record<string, string>, value: number) => void) => void,
  ) =>
    new Gauge({
      ...definition,
      labelNames: definition.labelNames ?? [],
      registers,
      collect() {
        this.reset();
        collect((labels, value) => this.set(labels, value));
      },
    });
  gauge(
    {
      name: 'trading_operator_executor_expected',
      help: '1 for every executor that should be up.',
      labelNames: ['namespace', 'executor'],
    },
    (set) => {
      for (const one of readings.expected()) set({ ...one }, 1);
    },
  );
  const labelNames = ['namespace', 'executor'];
  const gap = 'trading_operator_rollout_gap_seconds';
  const help = 'How long no new order was taken when the pod was last replaced.';
  gauge({ name: gap, help, labelNames }, (set) => {
    for (const { of, gapSeconds } of readings.rollouts()) {
      if (gapSeconds !== undefined) set({ ...of }, gapSeconds);
    }
  });
  const putBack = 'trading_operator_last_good_put_back';
  const why = '1 while the last good version runs in the place of the one asked for.';
  gauge({ name: putBack, help: why, labelNames }, (set) => {
    for (const { of, isPutBack } of readings.rollouts()) set({ ...of }, isPutBack ? 1 : 0);
  });
  gauge(
    {
      name: 'leader_election_master_status',
      help: '1 while this process holds the lease.',
      labelNames: ['name'],
    },
    (set) => set({ name: 'trading-executor-operator' }, readings.isLeader() ? 1 : 0),
  );
  killMetrics(registry, readings.kills);
  watches(registry, readings);
}

function watches(registry: Registry, readings: Readings): void {
  const registers = [registry];
  const labelNames = ['resource'];
  const total = (name: string, help: string, value: (one: WatchNumbers) => number) =>
    new Counter({
      ...{ name, help, labelNames, registers },
      collect() {
        this.reset();
        for (const [resource, all] of readings.watches()) {
          this.inc(
            { resource },
            all.reduce((sum, one) => sum + value(one), 0),
          );
        }
      },
    });
  total('trading_operator_watch_missed_total', 'Changes only a relist found.', (one) => one.missed);
  total('trading_operator_watch_relists_total', 'Lists after the first.', (one) => one.relists);
  total('trading_operator_watch_reconnects_total', 'Watches reopened.', (one) => one.reconnects);
  new Gauge({
    name: 'trading_operator_watch_age_seconds',
    help: 'Since the last event, bookmark or list; the oldest namespace counts.',
    ...{ labelNames, registers },
    collect() {
      this.reset();
      for (const [resource, all] of readings.watches()) {
        const last = all.flatMap(({ lastEventAtElapsed: at }) => (at === undefined ? [] : [at]));
        if (last.length === 0) continue;
        this.set({ resource }, (readings.elapsed() - Math.min(...last)) / 1_000);
      }
    },
  });
}
