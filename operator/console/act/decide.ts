import { JSON_PATCH, MERGE_PATCH } from '../../../crds/kube/call.ts';
import { ACKNOWLEDGE_ANNOTATION, ACKNOWLEDGED_BY_ANNOTATION } from '../../../crds/names.ts';
import { Mode, type TradingExecutor } from '../../../crds/trading-executor.ts';
import type { TradingIncident } from '../../../crds/trading-incident.ts';
import { ownRollback } from '../../rollback/latch.ts';
import type { Action } from '../wire/action.ts';

/** The one write that an action is. */
export interface Patch {
  readonly contentType: string;
  readonly body: unknown;
  /** What it does, as an Event tells it: `killed`. */
  readonly words: string;
}

export type Decided =
  | { readonly kind: 'patch'; readonly patch: Patch }
  | { readonly kind: 'refused'; readonly why: string };

/** What only a person who has typed the target's name may do. */
export const LOOSENING: readonly Action[] = ['unkill', 'stepUp'];

/**
 * Needs nothing that was read: a kill must not wait for a read, nor be refused for what others wrote
 * meanwhile. `uid`: of the object the person saw, if they said so.
 */
export const kill = (uid: string | undefined): Patch => killSwitch(true, uid, 'killed');

const killSwitch = (value: boolean, uid: string | undefined, words: string): Patch => ({
  contentType: MERGE_PATCH,
  body: { ...(uid === undefined ? {} : { metadata: { uid } }), spec: { killSwitch: value } },
  words,
});

/** Any action but a kill, on the object as it was just read. Pure. */
export function decide(action: Exclude<Action, 'kill'>, object: TradingExecutor): Decided {
  const { uid } = object.metadata;
  if (action === 'unkill') {
    return { kind: 'patch', patch: killSwitch(false, uid, 'no longer killed by spec') };
  }
  const rungs = Mode.options;
  const { mode } = object.spec;
  const next = rungs[rungs.indexOf(mode) + (action === 'stepUp' ? 1 : -1)];
  if (next === undefined) return { kind: 'refused', why: `its mode is ${mode} already` };
  const body = [
    { op: 'test', path: '/metadata/uid', value: uid },
    // A rung from what was read: from any other mode the same write might loosen.
    { op: 'test', path: '/spec/mode', value: mode },
    { op: 'replace', path: '/spec/mode', value: next },
  ];
  const words = `mode ${mode} became ${next}`;
  return { kind: 'patch', patch: { contentType: JSON_PATCH, body, words } };
}

/** Acknowledging on behalf of `by`; only the incident that holds the latch now can be. Pure. */
export function acknowledgement(
  object: TradingExecutor,
  { metadata: { name }, status }: TradingIncident,
  by: string,
): Decided {
  if (status?.acknowledged !== undefined) {
    return { kind: 'refused', why: `${status.acknowledged.by} has acknowledged it already` };
  }
  const rollback = ownRollback(object);
  if (rollback?.latched !== true || rollback.incident !== name) {
    const holder = rollback?.latched ? `incident ${rollback.incident} does` : 'nothing does';
    return { kind: 'refused', why: `it does not hold the latch of its executor: ${holder}` };
  }
  const annotations = { [ACKNOWLEDGE_ANNOTATION]: name, [ACKNOWLEDGED_BY_ANNOTATION]: by };
  const body = { metadata: { uid: object.metadata.uid, annotations } };
  const words = `incident ${name} acknowledged`;
  return { kind: 'patch', patch: { contentType: MERGE_PATCH, body, words } };
}
