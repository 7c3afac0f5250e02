import { describe, expect, it } from 'vitest';
import { operatorMetrics, type Readings } from '../../operator/metrics.ts';
import { WorkQueue } from '../../operator/queue/work-queue.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';

const READINGS: Omit<Readings, 'queue'> = {
  elapsed: () => 0,
  expected: () => [],
  rollouts: () => [],
  kills: () => [],
  watches: () => new Map(),
  isLeader: () => true,
};

/** Labels as a dashboard made for controller-runtime 0.2x selects by them, without `le`. */
const KNOWN = {
  controller_runtime_reconcile_total: ['controller', 'result'],
  controller_runtime_reconcile_errors_total: ['controller'],
  controller_runtime_reconcile_time_seconds: ['controller'],
  controller_runtime_max_concurrent_reconciles: ['controller'],
  controller_runtime_active_workers: ['controller'],
  workqueue_depth: ['controller', 'name'],
  workqueue_adds_total: ['controller', 'name'],
  workqueue_queue_duration_seconds: ['controller', 'name'],
  workqueue_work_duration_seconds: ['controller', 'name'],
  workqueue_unfinished_work_seconds: ['controller', 'name'],
  workqueue_longest_running_processor_seconds: ['controller', 'name'],
  workqueue_retries_total: ['controller', 'name'],
  rest_client_requests_total: ['code', 'host', 'method'],
  leader_election_master_status: ['name'],
};

/** A queue of eight workers and what it shows, with one run of 3 s and one of 1 s under way. */
async function atWork() {
  const clock = new ManualClock();
  const metrics = operatorMetrics({ ...READINGS, queue: () => queue });
  const queue: WorkQueue = new WorkQueue({ clock, random: () => 0, observer: metrics.queue });
  const gates = new Map<string, () => void>();
  const running = queue.run(2, async (key) => {
    await new Promise<void>((open) => gates.set(key, open));
    metrics.reconciled({ kind: 'settled' }, clock.elapsed());
  });
  queue.add('a');
  await clock.advance(2_000);
  queue.add('b');
  await clock.advance(1_000);
  for (const key of ['c', 'd', 'c']) queue.add(key);
  return {
    metrics,
    async show(): Promise<string> {
      return (await metrics.registry.metrics()).replaceAll('tradingexecutor', 'x');
    },
    async end(key: string) {
      gates.get(key)?.();
      await settle();
    },
    async close() {
      queue.close();
      for (const open of gates.values()) open();
      await running;
    },
  };
}

describe('the metrics that dashboards of controller-runtime read', () => {
  it('have its names and labels', async () => {
    const { metrics, end, close } = await atWork();
    metrics.requests('GET', '200', '10.0.0.1:443');
    await end('a');
    const shown = await metrics.registry.getMetricsAsJSON();
    const labels = Object.keys(KNOWN).map((name) => {
      const values = shown.find((one) => one.name === name)?.values ?? [];
      const all = values.flatMap((one) => Object.keys(one.labels));
      return [name, [...new Set(all)].filter((label) => label !== 'le').sort()];
    });
    expect(Object.fromEntries(labels)).toEqual(KNOWN);
    await close();
  });

  it('show what waits and what runs', async () => {
    const { show, end, close } = await atWork();
    const now = await show();
    const queue = '{name="x",controller="x"}';
    expect(now).toContain(`workqueue_depth${queue} 2`);
    expect(now).toContain(`workqueue_adds_total${queue} 4`);
    expect(now).toContain(`workqueue_unfinished_work_seconds${queue} 4`);
    expect(now).toContain(`workqueue_longest_running_processor_seconds${queue} 3`);
    expect(now).toContain('controller_runtime_max_concurrent_reconciles{controller="x"} 2');
    expect(now).toContain('controller_runtime_active_workers{controller="x"} 2');
    await end('a');
    const later = await show();
    expect(later).toContain(`workqueue_depth${queue} 1`);
    expect(later).toContain(`workqueue_longest_running_processor_seconds${queue} 1`);
    expect(later).toContain(`workqueue_work_duration_seconds_sum${queue} 3`);
    expect(later).toContain(
      'controller_runtime_reconcile_total{controller="x",result="success"} 1',
    );
    await close();
  });
});
