import { type Answer, SERVER_SIDE_APPLY } from '../../crds/kube/call.ts';
import { corePath, resourcePath } from '../../crds/kube/paths.ts';
import { ApiRefused, type Cluster } from '../cluster.ts';
import type { Child } from '../desired/child.ts';
import type { Live } from '../reconcile/observed.ts';
import type { Action } from './action.ts';
import { KINDS } from './kinds.ts';

export const FIELD_MANAGER = 'trading-executor-operator';

export type Performed =
  | { readonly kind: 'written'; readonly live: Live }
  | { readonly kind: 'deleted' }
  /** The world moved since the plan was made: plan anew. */
  | { readonly kind: 'stale'; readonly why: string }
  /** Only another spec, or another cluster policy, helps. */
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string };

/** The only writer of children. Throws for broken I/O and for refusals that a retry may not meet. */
export function perform(cluster: Cluster, action: Action): Promise<Performed> {
  return action.kind === 'delete-pod' ? deletePod(cluster, action) : apply(cluster, action);
}

/**
 * Server-side apply. A new child is applied without force, so that an object made under its name in
 * the meantime is a conflict; an existing one with force and its uid, so that drift is put back in
 * the object that was meant and in no other.
 */
async function apply(
  cluster: Cluster,
  action: Exclude<Action, { kind: 'delete-pod' }>,
): Promise<Performed> {
  const { child } = action;
  const update = action.kind === 'update';
  const answer = await cluster.write<Live>({
    method: 'PATCH',
    path: childPath(child),
    query: { fieldManager: FIELD_MANAGER, force: update, fieldValidation: 'Strict' },
    contentType: SERVER_SIDE_APPLY,
    body: update ? { ...child, metadata: { ...child.metadata, uid: action.uid } } : child,
  });
  if (answer.ok) return { kind: 'written', live: answer.body };
  return outcome(`apply ${child.kind} ${child.metadata.name}`, answer);
}

async function deletePod(
  cluster: Cluster,
  action: Extract<Action, { kind: 'delete-pod' }>,
): Promise<Performed> {
  const answer = await cluster.write({
    method: 'DELETE',
    path: corePath('pods', action.namespace, action.name),
    // No grace period is given: the pod's own counts. Zero would be a force-delete, which tells
    // the cluster to forget a process that may still run.
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: action.uid } },
  });
  if (answer.ok || answer.status === 404) return { kind: 'deleted' };
  return outcome(`delete Pod ${action.name}`, answer);
}

export function childPath({ kind, metadata }: Pick<Child, 'kind' | 'metadata'>): string {
  const { namespace, name } = metadata;
  return resourcePath({ ...KINDS[kind], namespace, name });
}

const REFUSALS = new Set([400, 422]);

function outcome(what: string, answer: Answer<unknown> & { ok: false }): Performed {
  if (answer.status === 409) return { kind: 'stale', why: answer.message };
  const forbiddenByPolicy = answer.status === 403 && !/cannot \w+ resource/.test(answer.message);
  if (REFUSALS.has(answer.status) || forbiddenByPolicy) {
    return { kind: 'refused', reason: answer.reason || 'Invalid', message: answer.message };
  }
  throw new ApiRefused(what, answer);
}
