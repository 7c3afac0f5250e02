import type { Action } from '../apply/action.ts';
import { holds } from '../apply/holds.ts';
import { type Child, isSwitchedOff, labels } from '../desired/child.ts';
import { children } from '../desired/children.ts';
import { stamped } from '../desired/stamp.ts';
import { overdue } from '../kill/verdict.ts';
import { credentialsInForce, neededLease } from './credentials.ts';
import { type Live, type Observed, ownership } from './observed.ts';

export interface Plan {
  readonly actions: readonly Action[];
  /** `Kind/name` of children whose name somebody else's object has. Never touched. */
  readonly foreign: readonly string[];
  /** `Kind/name` of children of an earlier executor of the same name, not collected yet. */
  readonly leaving: readonly string[];
  /** The spec names another Secret, which waits until the executor is killed and flat. */
  readonly credentialsWait: boolean;
}

/**
 * Decides what to write, never writes. Equal inputs give equal plans. Pods that did not confirm a
 * kill come first: nothing about a child may hold that up.
 */
export function plan(seen: Observed): Plan {
  const late = overdue(seen.executor, seen.pods, seen.facts, seen.elapsed);
  const deletions = late.map(({ metadata: { name, namespace, uid } }): Action => {
    return { kind: 'delete-pod', name, namespace, uid, reason: 'Ungated' };
  });
  const rest = seen.executor.metadata.deletionTimestamp === undefined ? planned(seen) : NO_CHILDREN;
  return { ...rest, actions: [...deletions, ...rest.actions] };
}

/** Of an executor that is going: made again, a child would keep a foreground deletion from ending. */
const NO_CHILDREN: Plan = { actions: [], foreign: [], leaving: [], credentialsWait: false };

function planned(seen: Observed): Plan {
  const { executor, live } = seen;
  const credentials = credentialsInForce(seen);
  const wanted = children(executor, {
    settings: seen.settings,
    credentials: credentials.name,
    serviceMonitors: seen.serviceMonitors,
  });
  const actions: Action[] = [...leaseActions(seen)];
  const foreign: string[] = [];
  const leaving: string[] = [];
  for (const child of wanted.map(stamped)) {
    const found = live.find((one) => same(one, child));
    const whose = found && ownership(found, executor, labels(executor.metadata.name));
    if (found === undefined) actions.push({ kind: 'create', child });
    else if (whose === 'foreign') foreign.push(nameOf(child));
    else if (whose === 'leaving') leaving.push(nameOf(child));
    else if (!holds(found, child)) actions.push({ kind: 'update', child, uid: found.metadata.uid });
  }
  actions.push(...removals(seen));
  return { actions, foreign, leaving, credentialsWait: credentials.waits };
}

/** A policy that was switched off must not stay in force. */
function removals({ executor, live, settings }: Observed): readonly Action[] {
  return live
    .filter(({ kind }) => isSwitchedOff(kind, settings))
    .filter((one) => ownership(one, executor, labels(executor.metadata.name)) === 'ours')
    .map(({ kind, metadata: { name, namespace, uid } }) => {
      return { kind: 'delete', child: { kind, metadata: { name, namespace } }, uid };
    });
}

/** Before the pod that waits for it. */
function leaseActions(seen: Observed): readonly Action[] {
  const lease = neededLease(seen);
  if (lease === undefined || seen.leases.includes(lease.name)) return [];
  const { namespace } = seen.executor.metadata;
  return [{ kind: 'create-lease', namespace, name: lease.name }];
}

const same = (live: Live, child: Child): boolean =>
  live.kind === child.kind && live.metadata.name === child.metadata.name;
const nameOf = (child: Child): string => `${child.kind}/${child.metadata.name}`;
