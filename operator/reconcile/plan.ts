import type { Action } from '../apply/action.ts';
import { holds } from '../apply/holds.ts';
import { type Child, labels } from '../desired/child.ts';
import { children } from '../desired/children.ts';
import { CREDENTIALS_VOLUME } from '../desired/stateful-set.ts';
import { killVerdict, overdue } from '../kill/verdict.ts';
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
  const actions: Action[] = [];
  const foreign: string[] = [];
  const leaving: string[] = [];
  for (const child of wanted) {
    const found = live.find((one) => same(one, child));
    const whose = found && ownership(found, executor, labels(executor.metadata.name));
    if (found === undefined) actions.push({ kind: 'create', child });
    else if (whose === 'foreign') foreign.push(nameOf(child));
    else if (whose === 'leaving') leaving.push(nameOf(child));
    else if (!holds(found, child)) actions.push({ kind: 'update', child, uid: found.metadata.uid });
  }
  return { actions, foreign, leaving, credentialsWait: credentials.waits };
}

const same = (live: Live, child: Child): boolean =>
  live.kind === child.kind && live.metadata.name === child.metadata.name;
const nameOf = (child: Child): string => `${child.kind}/${child.metadata.name}`;

/**
 * The Secret the pod is to mount: what the spec says, except that a running executor keeps its own
 * until it is killed and flat. Changing it earlier would leave orders nobody can cancel.
 */
function credentialsInForce(seen: Observed): { name: string | undefined; waits: boolean } {
  const declared = seen.executor.spec.venue.credentialsSecretRef?.name;
  const set = seen.live.find(({ kind }) => kind === 'StatefulSet');
  if (set === undefined) return { name: declared, waits: false };
  const mounted = mountedSecret(set);
  if (mounted === declared || mounted === undefined) return { name: declared, waits: false };
  const verdict = killVerdict(seen.executor, seen.pods, seen.facts, seen.elapsed);
  if (verdict.kind === 'gated' && verdict.flat) return { name: declared, waits: false };
  return { name: mounted, waits: true };
}

export function mountedSecret(set: Live): string | undefined {
  const spec = set.spec as
    | {
        template?: {
          spec?: { volumes?: readonly { name: string; secret?: { secretName?: string } }[] };
        };
      }
    | undefined;
  const volumes = spec?.template?.spec?.volumes ?? [];
  return volumes.find(({ name }) => name === CREDENTIALS_VOLUME)?.secret?.secretName;
}
