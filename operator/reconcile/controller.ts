import type { ExecutorKey } from '../../crds/names.ts';
import { remedyOfThrown } from '../apply/remedy.ts';
import { LeadershipLost } from '../fence.ts';
import type { WorkQueue } from '../queue/work-queue.ts';
import { type Outcome, reconcile, type Shell } from './reconcile.ts';

export interface ControllerOptions {
  readonly shell: Shell;
  readonly queue: WorkQueue;
  readonly reconciled: (outcome: Outcome | 'error', ms: number) => void;
}

/** Writes wait on the API server, not on us: more at once than cores, few enough to be polite. */
const CONCURRENCY = 8;

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
