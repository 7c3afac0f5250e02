import type { Action } from '../apply/action.ts';
import { perform } from '../apply/perform.ts';
import { type Remedy, remedyOfThrown } from '../apply/remedy.ts';
import { LeadershipLost } from '../fence.ts';
import type { Observed } from './observed.ts';
import type { Shell } from './reconcile.ts';

/**
 * Performs the plan, in its order. One write that fails keeps neither the others nor the word about
 * a kill out of the status; after a conflict the rest is not tried, as the plan is out of date.
 */
export async function carryOutAll(
  seen: Observed,
  actions: readonly Action[],
  shell: Shell,
): Promise<readonly Remedy[]> {
  const remedies: Remedy[] = [];
  for (const action of actions) {
    const remedy = await carryOut(seen, action, shell);
    if (remedy === undefined) continue;
    remedies.push(remedy);
    if (isStale(remedy)) break;
  }
  return remedies;
}

/** The world moved under the plan. */
export const isStale = ({ reason }: Remedy): boolean => reason === 'Conflict';

/** What helps; undefined when nothing has to. */
async function carryOut(seen: Observed, action: Action, shell: Shell): Promise<Remedy | undefined> {
  try {
    if (action.kind === 'delete-pod') await shell.saveLog(action);
    const done = await perform(shell.cluster, action);
    if (done.kind === 'failed') return done.remedy;
    if (action.kind === 'delete-pod') told(seen, action, shell);
    if (action.kind === 'create-lease') shell.leases.made(seen.executor.metadata, action.name);
    if (done.kind === 'written' && 'child' in action) {
      shell.world.sawChild(action.child.kind, done.live);
    }
    return undefined;
  } catch (cause) {
    if (cause instanceof LeadershipLost) throw cause;
    return remedyOfThrown(cause);
  }
}

function told(seen: Observed, action: Action & { kind: 'delete-pod' }, shell: Shell): void {
  shell.confirm.deleted(seen.executor.metadata, action.name);
  shell.podDeleted(action.reason);
  const { confirmWithin } = seen.executor.spec.control;
  const message = `pod ${action.name} was not gated within ${confirmWithin} and was deleted`;
  shell.tell(seen, { type: 'Warning', reason: action.reason, message });
}
