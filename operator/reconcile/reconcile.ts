import type { ExecutorKey } from '../../crds/names.ts';
import { type Action, describeAction, type Note } from '../apply/action.ts';
import { perform } from '../apply/perform.ts';
import { saysAlready, writeStatus } from '../apply/status.ts';
import { ApiRefused } from '../cluster.ts';
import type { Release } from '../deletion/deletion.ts';
import { guard } from '../deletion/guard.ts';
import { LeadershipLost } from '../fence.ts';
import { lookAgainMs } from '../rollout/rollout.ts';
import { notes } from './notes.ts';
import { observe, type Sources } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import type { Refused } from './ready.ts';
import { rolloutOf } from './rolling.ts';
import { hasAsked, type OwnStatus, status } from './status.ts';

export type Outcome =
  | { readonly kind: 'settled' }
  | { readonly kind: 'gone' }
  /** Look again after a while: a dependency is not there yet. */
  | { readonly kind: 'waiting'; readonly reason: string; readonly afterMs: number }
  /** The world moved under the plan; look again at once. */
  | { readonly kind: 'stale'; readonly why: string }
  /** Only a change of the spec or of the cluster helps; looked at again rarely. */
  | { readonly kind: 'stalled'; readonly reason: string };

export interface Shell extends Sources {
  /** Tells people; never waits, never fails. */
  readonly tell: (seen: Observed, note: Note) => void;
  readonly saveLog: (action: Action & { kind: 'delete-pod' }) => Promise<void>;
  readonly podDeleted: (reason: string) => void;
  /** A deleted executor was let go. */
  readonly released: (seen: Observed, release: Release) => void;
  /** Whether the badge of this executor may be written now: at most once a minute. */
  readonly mayWriteNumbers: (seen: Observed) => boolean;
}

const OWN_STATUS_MS = 1_000;
const LEAVING_MS = 1_000;
const FOREIGN_MS = 30_000;

/**
 * One executor, from what is to what should be: observe, plan, perform, status. A thrown error means
 * "retry with back-off". Safe to stop after any write: the next run starts from what is there.
 */
export async function reconcile(key: ExecutorKey, shell: Shell): Promise<Outcome> {
  const seen = await observe(key, shell);
  if (seen === 'gone') {
    shell.confirm.forget(key);
    return { kind: 'gone' };
  }
  const guarded = await guard(seen, shell);
  if (guarded.kind === 'over') return guarded.outcome;
  const planned = plan(seen);
  const { refused, stale, ...done } = await carryOutAll(seen, planned.actions, shell);
  const failures = [...guarded.failures, ...done.failures];
  if (stale !== undefined) return { kind: 'stale', why: stale };
  const { metadata, status: said } = seen.executor;
  // One that is going gets none any more, and still has to say what its deletion waits for.
  if (said?.rollback?.uid !== metadata.uid && metadata.deletionTimestamp === undefined) {
    return { kind: 'waiting', reason: 'RollbackStatusMissing', afterMs: OWN_STATUS_MS };
  }
  if (hasAsked(seen) || seen.executor.status?.observedGeneration === undefined) {
    const wanted = status(seen, planned, refused, shell.clock.wall());
    const written = await tellStatus(seen, wanted, shell);
    if (written !== undefined && failures.length === 0) return written;
  }
  if (failures.length > 0) throw failures[0]; // the others come up again
  if (guarded.afterMs !== undefined) {
    return { kind: 'waiting', reason: 'DeletionWaits', afterMs: guarded.afterMs };
  }
  if (planned.leaving.length > 0) {
    return { kind: 'waiting', reason: 'OldChildLeaving', afterMs: LEAVING_MS };
  }
  if (planned.foreign.length > 0) {
    return { kind: 'waiting', reason: 'ForeignChild', afterMs: FOREIGN_MS };
  }
  if (refused.length > 0) return { kind: 'stalled', reason: 'ChildRefused' };
  const afterMs = lookAgainMs(rolloutOf(seen, planned, shell.clock.wall()));
  return afterMs === undefined
    ? { kind: 'settled' }
    : { kind: 'waiting', reason: 'RollingOut', afterMs };
}

interface CarriedOut {
  readonly refused: readonly Refused[];
  /** What a retry may not meet; said once the status is written. */
  readonly failures: readonly unknown[];
  /** Why the plan is out of date: what was left of it was not tried. */
  readonly stale?: string;
}

/** One write that fails keeps neither the others nor the word about a kill out of the status. */
async function carryOutAll(
  seen: Observed,
  actions: readonly Action[],
  shell: Shell,
): Promise<CarriedOut> {
  const refused: Refused[] = [];
  const failures: unknown[] = [];
  for (const action of actions) {
    try {
      const done = await carryOut(seen, action, shell);
      if (typeof done === 'string') return { refused, failures, stale: done };
      if (done !== undefined) refused.push(done);
    } catch (cause) {
      if (cause instanceof LeadershipLost) throw cause;
      failures.push(cause);
      if (!(cause instanceof ApiRefused)) continue; // no answer says nothing about the child
      const { reason, message } = cause;
      refused.push({ child: describeAction(action), reason, message });
    }
  }
  return { refused, failures };
}

/** A text: why the plan is out of date. A refusal is kept for the status. */
async function carryOut(
  seen: Observed,
  action: Action,
  shell: Shell,
): Promise<Refused | string | undefined> {
  if (action.kind === 'delete-pod') await shell.saveLog(action);
  const done = await perform(shell.cluster, action);
  switch (done.kind) {
    case 'written':
      if (action.kind !== 'delete-pod') shell.world.sawChild(action.child.kind, done.live);
      return undefined;
    case 'deleted': {
      const { metadata } = seen.executor;
      if (action.kind !== 'delete-pod') return undefined;
      shell.confirm.deleted(metadata, action.name);
      shell.podDeleted(action.reason);
      const { confirmWithin } = seen.executor.spec.control;
      const message = `pod ${action.name} was not gated within ${confirmWithin} and was deleted`;
      shell.tell(seen, { type: 'Warning', reason: action.reason, message });
      return undefined;
    }
    case 'stale':
      return done.why;
    case 'refused':
      return { child: describeAction(action), reason: done.reason, message: done.message };
    default:
      return done satisfies never;
  }
}

/** Writes the status when it says something new. An outcome when the run is over with it. */
async function tellStatus(
  seen: Observed,
  fresh: OwnStatus,
  shell: Shell,
): Promise<Outcome | undefined> {
  const before = seen.executor;
  const { stability: told } = before.status ?? {};
  const quiet = told === undefined ? fresh : { ...fresh, stability: told };
  if (saysAlready(before, quiet) && (saysAlready(before, fresh) || !shell.mayWriteNumbers(seen))) {
    return undefined;
  }
  const written = await writeStatus(shell.cluster, before, fresh);
  if (written === 'gone') return { kind: 'gone' };
  if (written === 'stale') return { kind: 'stale', why: 'the status was written meanwhile' };
  shell.world.sawExecutor(written);
  for (const note of notes(before.status, fresh)) shell.tell(seen, note);
  return undefined;
}
