import type { Clock } from '../../crds/clock.ts';
import { resourcePath } from '../../crds/kube/paths.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { KINDS } from '../apply/kinds.ts';
import { remedyOfThrown } from '../apply/remedy.ts';
import type { Cluster } from '../cluster.ts';
import { LeadershipLost } from '../fence.ts';
import type { WorkQueue } from '../queue/work-queue.ts';
import { type Outcome, reconcile, type Shell } from './reconcile.ts';
import type { World } from './world.ts';

export interface ControllerOptions {
  readonly shell: Shell;
  readonly queue: WorkQueue;
  readonly reconciled: (outcome: Outcome | 'error', ms: number) => void;
}

/** Writes wait on the API server, not on us: more at once than cores, few enough to be polite. */
const CONCURRENCY = 8;
const DISCOVERY_MS = 30_000;

export const textOf = (key: ExecutorKey): string => `${key.namespace}/${key.name}`;
export function keyOf(text: string): ExecutorKey {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}

/** Runs `reconcile` over the queue until it is closed. What failed backs off; a remedy says from when. */
export function runController(options: ControllerOptions): Promise<void> {
  const { shell, queue, reconciled } = options;
  return queue.run(CONCURRENCY, async (text) => {
    const began = shell.clock.elapsed();
    const spentMs = () => shell.clock.elapsed() - began;
    try {
      const outcome = await reconcile(keyOf(text), shell);
      reconciled(outcome, spentMs());
      again(queue, text, outcome);
    } catch (cause) {
      if (cause instanceof LeadershipLost) return;
      reconciled('error', spentMs());
      const remedy = remedyOfThrown(cause);
      shell.failed(keyOf(text), remedy);
      queue.retry(text, remedy.afterMs);
    }
  });
}

function again(queue: WorkQueue, text: string, outcome: Outcome): void {
  if (outcome.kind === 'retry') {
    queue.retry(text, outcome.afterMs);
    return;
  }
  queue.forget(text);
  if (outcome.kind === 'waiting' || outcome.kind === 'stalled') {
    queue.addAfter(text, outcome.afterMs);
  }
}

export interface Discovery {
  readonly world: World;
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Every executor lacks one child now. */
  readonly again: () => void;
}

/** Waits for the API server to know ServiceMonitors, then watches them: installed later is no fault. */
export async function followServiceMonitors(
  { world, cluster, clock, again }: Discovery,
  signal: AbortSignal,
): Promise<void> {
  const { resource } = KINDS.ServiceMonitor;
  const group = resourcePath({ ...KINDS.ServiceMonitor, resource: '' }).replace(/\/$/, '');
  while (!signal.aborted) {
    const known = await cluster
      .get<{ resources?: readonly { name: string }[] }>(group)
      .catch(() => undefined);
    if (known?.resources?.some(({ name }) => name === resource) === true) {
      await world.startServiceMonitors();
      return again();
    }
    await clock.after(DISCOVERY_MS, signal).catch(() => undefined);
  }
}
