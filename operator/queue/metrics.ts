import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from 'prom-client';
import type { QueueObserver } from './work-queue.ts';

/** What a queue knows at the moment; read when Prometheus asks. */
export interface QueueNumbers {
  /** How many keys may be worked on at once; 0 before `run`. */
  readonly workers: number;
  /** For how long each present run has been going on. */
  readonly runningMs: readonly number[];
}

/** controller-runtime's: 10 ns to 1,000 s. */
const DURATIONS = exponentialBuckets(1e-8, 10, 12);

/**
 * The metrics of client-go's work queue and of controller-runtime's workers, by their names, labels
 * and buckets, so that dashboards made for those show ours.
 */
export function queueMetrics(
  registers: Registry[],
  controller: string,
  read: () => QueueNumbers,
): QueueObserver {
  const labels = { name: controller, controller };
  const labelNames = ['name', 'controller'];
  const counter = (name: string, help: string) => {
    const made = new Counter({ name, help, labelNames, registers });
    made.inc(labels, 0);
    return made;
  };
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames, buckets: DURATIONS, registers });
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys waiting.',
    labelNames,
    registers,
  });
  depth.set(labels, 0);
  const adds = counter('workqueue_adds_total', 'Keys added.');
  const retries = counter('workqueue_retries_total', 'Keys added again after a failure.');
  const waited = histogram('workqueue_queue_duration_seconds', 'Wait before a run.');
  const worked = histogram('workqueue_work_duration_seconds', 'Duration of a run.');
  present(registers, controller, read);
  return {
    added(now) {
      adds.inc(labels);
      depth.set(labels, now);
    },
    taken(now, waitedMs) {
      depth.set(labels, now);
      waited.observe(labels, waitedMs / 1_000);
    },
    done: (workedMs) => worked.observe(labels, workedMs / 1_000),
    retried: () => retries.inc(labels),
  };
}

function present(registers: Registry[], controller: string, read: () => QueueNumbers): void {
  const gauge = (
    name: string,
    help: string,
    labels: Readonly<Record<string, string>>,
    value: (now: QueueNumbers) => number,
  ) =>
    new Gauge({
      ...{ name, help, registers, labelNames: Object.keys(labels) },
      collect() {
        this.set(labels, value(read()));
      },
    });
  const ofQueue = { name: controller, controller };
  gauge(
    'workqueue_unfinished_work_seconds',
    'Sum over the runs that have not ended; grows steadily when one is stuck.',
    ofQueue,
    ({ runningMs }) => runningMs.reduce((sum, ms) => sum + ms, 0) / 1_000,
  );
  gauge(
    'workqueue_longest_running_processor_seconds',
    'The longest run that has not ended.',
    ofQueue,
    ({ runningMs }) => Math.max(0, ...runningMs) / 1_000,
  );
  gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Reconciliations that may run at once.',
    { controller },
    ({ workers }) => workers,
  );
  gauge(
    'controller_runtime_active_workers',
    'Reconciliations under way.',
    { controller },
    ({ runningMs }) => runningMs.length,
  );
}
