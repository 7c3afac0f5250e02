import { conflict, type Remedy, remedyOfThrown } from '../apply/remedy.ts';
import { LeadershipLost } from '../fence.ts';
import { overdue } from '../kill/verdict.ts';
import type { Observed } from '../reconcile/observed.ts';
import type { Outcome, Shell } from '../reconcile/reconcile.ts';
import { type Deletion, deletion } from './deletion.ts';
import { putFinalizer, takeFinalizer } from './finalizer.ts';
import { farewell } from './words.ts';

export type Guarded =
  /** The reconciliation is over with it: the object has changed under what was observed. */
  | { readonly kind: 'over'; readonly outcome: Outcome }
  | { readonly kind: 'go-on'; readonly afterMs?: number; readonly failures: readonly Remedy[] };

/** It is looked at again after each round of questions too; this is for when there are none. */
const LOOK_AGAIN_MS = 30_000;

/**
 * Puts the finalizer on an executor that stays, takes it off one that may go. A write that fails does
 * not keep the reconciliation from following a kill; it is given back, to be tried again.
 */
export async function guard(seen: Observed, shell: Shell): Promise<Guarded> {
  const decided = deletion(seen, shell.clock.wall());
  if (decided.kind === 'none' || (decided.kind === 'guard' && isLate(seen))) {
    return { kind: 'go-on', failures: [] };
  }
  if (decided.kind === 'wait') {
    return { kind: 'go-on', failures: [], afterMs: Math.min(decided.leftMs, LOOK_AGAIN_MS) };
  }
  try {
    return { kind: 'over', outcome: await write(seen, decided, shell) };
  } catch (cause) {
    if (cause instanceof LeadershipLost) throw cause;
    return { kind: 'go-on', failures: [remedyOfThrown(cause)] };
  }
}

/** A pod that did not confirm a kill in time goes before anything else is written. */
const isLate = ({ executor, pods, facts, elapsed }: Observed): boolean =>
  overdue(executor, pods, facts, elapsed).length > 0;

async function write(
  seen: Observed,
  decided: Extract<Deletion, { kind: 'guard' | 'release' }>,
  shell: Shell,
): Promise<Outcome> {
  const { executor } = seen;
  const change = decided.kind === 'guard' ? putFinalizer : takeFinalizer;
  const written = await change(shell.cluster, executor);
  if (written === 'gone') return { kind: 'gone' };
  if (written === 'stale') return conflict('the executor was changed meanwhile');
  // Either way the watch brings it back at once: guarded, it goes on; let go, it may be gone.
  if (decided.kind === 'guard') {
    shell.world.sawExecutor(written);
    return { kind: 'settled' };
  }
  shell.released(seen, decided);
  const note = farewell(executor, decided);
  if (note !== undefined) shell.tell(seen, note);
  return { kind: 'settled' };
}
