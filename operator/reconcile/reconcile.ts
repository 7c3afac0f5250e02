import { type ExecutorKey, textOf } from '../../crds/names.ts';
import type { Action, Note } from '../apply/action.ts';
import { conflict, type Remedy, type Retry } from '../apply/remedy.ts';
import { saysAlready, writeStatus } from '../apply/status.ts';
import type { Release } from '../deletion/deletion.ts';
import { guard } from '../deletion/guard.ts';
import { lookAgainMs } from '../rollout/rollout.ts';
import { carryOutAll, isStale } from './carry-out.ts';
import { notes } from './notes.ts';
import { withOldNumbers } from './numbers-gate.ts';
import { observe, type Sources } from './observe.ts';
import type { Observed } from './observed.ts';
import { type Plan, plan } from './plan.ts';
import type { Problem } from './ready.ts';
import { rolloutOf } from './rolling.ts';
import { hasAsked, type OwnStatus, status } from './status.ts';

export type Outcome =
  | { readonly kind: 'settled' }
  | { readonly kind: 'gone' }
  /** Look again after a while: a dependency is not there yet. */
  | { readonly kind: 'waiting'; readonly reason: string; readonly afterMs: number }
  /** A call failed in a way that passes by itself; the world moved under the plan among them. */
  | Retry
  /** Only a change of the spec or of the cluster helps; looked at again rarely. */
  | { readonly kind: 'stalled'; readonly reason: string; readonly afterMs: number };

export interface Shell extends Sources {
  /** Tells people; never waits, never fails. */
  readonly tell: (seen: Observed, note: Note) => void;
  readonly saveLog: (action: Action & { kind: 'delete-pod' }) => Promise<void>;
  readonly podDeleted: (reason: string) => void;
  /** A call failed, and what is done about it: for the log and the metrics. */
  readonly failed: (key: ExecutorKey, remedy: Remedy) => void;
  /** A deleted executor was let go. */
  readonly released: (seen: Observed, release: Release) => void;
  /** Whether the badge of this executor may be written now: at most once a minute. */
  readonly mayWriteNumbers: (seen: Observed) => boolean;
}

const OWN_STATUS_MS = 1_000;
const LEAVING_MS = 1_000;
const FOREIGN_MS = 30_000;

/**
 * One executor, from what is to what should be: observe, plan, perform, status. Throws what reading
 * or writing the status threw. Safe to stop after any write: the next run starts from what is there.
 */
export async function reconcile(key: ExecutorKey, shell: Shell): Promise<Outcome> {
  const seen = await observe(key, shell);
  if (seen === 'gone') {
    shell.confirm.forget(key);
    shell.leases.forget(key);
    shell.searched.delete(textOf(key));
    return { kind: 'gone' };
  }
  const guarded = await guard(seen, shell);
  if (guarded.kind === 'over') return guarded.outcome;
  const planned = plan(seen);
  const done = await carryOutAll(seen, planned.actions, shell);
  const remedies = [...guarded.failures, ...done];
  for (const remedy of remedies) shell.failed(key, remedy);
  const retry = remedies.find((one) => one.kind === 'retry');
  const stale = done.find((one) => one.kind === 'retry' && isStale(one));
  if (stale?.kind === 'retry') return stale;
  const { metadata, status: said } = seen.executor;
  // One that is going gets none any more, and still has to say what its deletion waits for.
  if (said?.rollback?.uid !== metadata.uid && metadata.deletionTimestamp === undefined) {
    return { kind: 'waiting', reason: 'RollbackStatusMissing', afterMs: OWN_STATUS_MS };
  }
  const problems = remedies.filter((one): one is Problem => one.kind !== 'retry');
  if (hasAsked(seen) || seen.executor.status?.observedGeneration === undefined) {
    const wanted = status(seen, planned, problems, shell.clock.wall());
    const written = await tellStatus(seen, wanted, shell);
    if (written !== undefined && retry === undefined) return written;
  }
  return retry ?? next(seen, { planned, problems, goingMs: guarded.afterMs }, shell);
}

interface Left {
  readonly planned: Plan;
  readonly problems: readonly Problem[];
  /** Until a deletion is looked at again. */
  readonly goingMs: number | undefined;
}

/** When there is something to do though nothing changes; of several dates the earliest. */
function next(seen: Observed, left: Left, shell: Shell): Outcome {
  const { planned, problems, goingMs } = left;
  const rollingMs = lookAgainMs(rolloutOf(seen, planned, shell.clock.wall()));
  const dates: Extract<Outcome, { kind: 'waiting' | 'stalled' }>[] = problems.map((one) => ({
    kind: one.kind === 'wait' ? 'waiting' : one.kind,
    reason: one.reason,
    afterMs: one.afterMs,
  }));
  const wait = (reason: string, afterMs: number) => {
    dates.push({ kind: 'waiting', reason, afterMs });
  };
  if (goingMs !== undefined) wait('DeletionWaits', goingMs);
  if (planned.leaving.length > 0) wait('OldChildLeaving', LEAVING_MS);
  if (planned.foreign.length > 0) wait('ForeignChild', FOREIGN_MS);
  if (rollingMs !== undefined) wait('RollingOut', rollingMs);
  return dates.sort((a, b) => a.afterMs - b.afterMs)[0] ?? { kind: 'settled' };
}

/** Writes the status when it says something new. An outcome when the run is over with it. */
async function tellStatus(
  seen: Observed,
  fresh: OwnStatus,
  shell: Shell,
): Promise<Outcome | undefined> {
  const before = seen.executor;
  const quiet = withOldNumbers(before.status, fresh);
  if (saysAlready(before, quiet) && (saysAlready(before, fresh) || !shell.mayWriteNumbers(seen))) {
    return undefined;
  }
  const written = await writeStatus(shell.cluster, before, fresh);
  if (written === 'gone') return { kind: 'gone' };
  if (written === 'stale') return conflict('the status was written meanwhile');
  shell.world.sawExecutor(written);
  for (const note of notes(before.status, fresh)) shell.tell(seen, note);
  return undefined;
}
