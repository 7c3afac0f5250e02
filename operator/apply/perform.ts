import { type Answer, MERGE_PATCH, SERVER_SIDE_APPLY } from '../../crds/kube/call.ts';
import { corePath, leasePath, resourcePath } from '../../crds/kube/paths.ts';
import type { Cluster } from '../cluster.ts';
import { type Child, MANAGED_BY, MANAGED_BY_LABEL } from '../desired/child.ts';
import type { Live } from '../reconcile/observed.ts';
import { type Action, type ChildName, describeAction } from './action.ts';
import { KINDS } from './kinds.ts';
import { type Remedy, remedyOf } from './remedy.ts';

export const FIELD_MANAGER = 'trading-executor-operator';

export type Performed =
  | { readonly kind: 'written'; readonly live: Live }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly remedy: Remedy };

/** The only writer of children. Throws for broken I/O alone: a refusal says what helps. */
export async function perform(cluster: Cluster, action: Action): Promise<Performed> {
  const { answer, isDone } = await carriedOut(cluster, action);
  if (isDone) return { kind: 'done' };
  if (!answer.ok) return { kind: 'failed', remedy: remedyOf(describeAction(action), answer) };
  return { kind: 'written', live: answer.body as Live };
}

/** `isDone`: as wanted, and there is no child to show for it. */
async function carriedOut(
  cluster: Cluster,
  action: Action,
): Promise<{ answer: Answer<unknown>; isDone: boolean }> {
  switch (action.kind) {
    case 'create':
    case 'update':
      return { answer: await apply(cluster, action), isDone: false };
    case 'create-lease': {
      const answer = await createLease(cluster, action);
      return { answer, isDone: answer.ok || answer.reason === 'AlreadyExists' };
    }
    case 'delete':
    case 'delete-pod': {
      const answer = await remove(cluster, action);
      return { answer, isDone: answer.ok || answer.status === 404 };
    }
    default:
      return action satisfies never;
  }
}

/**
 * Server-side apply. A new child is applied without force, so that an object made under its name in
 * the meantime is a conflict; an existing one with force and its uid, so that drift is put back in
 * the object that was meant and in no other.
 */
async function apply(
  cluster: Cluster,
  action: Extract<Action, { kind: 'create' | 'update' }>,
): Promise<Answer<Live>> {
  const { child } = action;
  const update = action.kind === 'update';
  const send = () =>
    cluster.write<Live>({
      method: 'PATCH',
      path: childPath(child),
      query: { fieldManager: FIELD_MANAGER, force: update, fieldValidation: 'Strict' },
      contentType: SERVER_SIDE_APPLY,
      body: update ? { ...child, metadata: { ...child.metadata, uid: action.uid } } : child,
    });
  const answer = await send();
  const refused = !answer.ok && answer.status === 422;
  if (!refused || !update || child.kind !== 'Service') return answer;
  return (await replacePorts(cluster, child, action.uid)).ok ? send() : answer;
}

/**
 * A port of ours that somebody gave another number is theirs, with our name: ours beside it would be
 * the second of that name, which is refused. The list is replaced as a whole.
 */
function replacePorts(cluster: Cluster, child: Child, uid: string): Promise<Answer<Live>> {
  const { ports } = child.spec as { readonly ports: unknown };
  return cluster.write<Live>({
    method: 'PATCH',
    path: childPath(child),
    query: { fieldManager: FIELD_MANAGER },
    contentType: MERGE_PATCH,
    body: { metadata: { uid }, spec: { ports } },
  });
}

/** Posted, never applied: what its holder writes is not ours to put back. */
function createLease(
  cluster: Cluster,
  { namespace, name }: Extract<Action, { kind: 'create-lease' }>,
): Promise<Answer<unknown>> {
  return cluster.write({
    method: 'POST',
    path: leasePath(namespace),
    query: { fieldManager: FIELD_MANAGER },
    body: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
      spec: {},
    },
  });
}

function remove(
  cluster: Cluster,
  action: Extract<Action, { kind: 'delete' | 'delete-pod' }>,
): Promise<Answer<unknown>> {
  const pod = action.kind === 'delete-pod';
  return cluster.write({
    method: 'DELETE',
    path: pod ? corePath('pods', action.namespace, action.name) : childPath(action.child),
    // No grace period is given: the pod's own counts. Zero would be a force-delete, which tells
    // the cluster to forget a process that may still run.
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: action.uid } },
  });
}

export function childPath({ kind, metadata }: ChildName): string {
  const { namespace, name } = metadata;
  return resourcePath({ ...KINDS[kind], namespace, name });
}
