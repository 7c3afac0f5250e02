import { cutTo } from '../../crds/bounded.ts';
import type { EpochMs } from '../../crds/clock.ts';
import { CONDITIONS_MAX, type Condition } from '../../crds/fields.ts';
import { GROUP } from '../../crds/names.ts';
import type { RollbackStatus } from '../../crds/status.ts';
import { type TradingExecutor, TradingExecutorStatus } from '../../crds/trading-executor.ts';
import { AFTER } from './incident.ts';
import { instant } from './instant.ts';

/** Set on the TradingExecutor in the very write that patches its spec: the patch is made once. */
export const ROLLED_BACK_ANNOTATION = `${GROUP}/rolled-back-by`;

type Operation = {
  readonly op: 'test' | 'replace' | 'add';
  readonly path: string;
  readonly value: unknown;
};

/** Whether the spec of this object was already patched for this incident. */
export const isPatchedFor = (object: TradingExecutor, incident: string): boolean =>
  object.metadata.annotations?.[ROLLED_BACK_ANNOTATION] === incident;

/**
 * The one write to the spec, as JSON patch. The tests hold it to the object and the values that were
 * read: anything that changed in between refuses the whole patch, and it is made anew from what is
 * there then. Values and mark travel together, so no crash can separate them.
 */
export function specPatch(object: TradingExecutor, incident: string): readonly Operation[] {
  const { metadata, spec } = object;
  const mark: Operation =
    metadata.annotations === undefined
      ? { op: 'add', path: '/metadata/annotations', value: { [ROLLED_BACK_ANNOTATION]: incident } }
      : {
          op: 'add',
          path: `/metadata/annotations/${pointer(ROLLED_BACK_ANNOTATION)}`,
          value: incident,
        };
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'test', path: '/spec/mode', value: spec.mode },
    { op: 'test', path: '/spec/killSwitch', value: spec.killSwitch },
    { op: 'replace', path: '/spec/mode', value: AFTER.mode },
    { op: 'replace', path: '/spec/killSwitch', value: AFTER.killSwitch },
    mark,
  ];
}

export interface StatusChange {
  readonly rollback: RollbackStatus;
  /** A latch is being written: what was confirmed before says nothing about it. */
  readonly unconfirm?: EpochMs;
  /** A latch is being taken away: the climb starts at the bottom, in the same write. */
  readonly ladderToPaper?: boolean;
}

const cutStatus = cutTo(TradingExecutorStatus);

/**
 * The merge patch for /status, cut to what the CRD takes: nothing an alert says can stop a latch.
 * resourceVersion makes it refuse (409) whatever changed since the object was read; null removes
 * what the new rollback status no longer has.
 */
export function statusPatch(object: TradingExecutor, change: StatusChange): object {
  const { resourceVersion, uid } = object.metadata;
  const { rollback, unconfirm, ladderToPaper } = change;
  const absent = { incident: null, since: null, evidence: null };
  const written = cutStatus({
    rollback,
    ...(unconfirm === undefined ? {} : { conditions: unconfirmed(object, unconfirm) }),
  });
  return {
    metadata: { resourceVersion, uid },
    status: {
      ...written,
      rollback: { ...absent, ...written.rollback },
      ...(ladderToPaper ? { ladder: { reached: 'paper', holding: null, since: null } } : {}),
    },
  };
}

/** All conditions as read, with KillSwitchConfirmed back at Unknown; it has its place among many. */
function unconfirmed(object: TradingExecutor, now: EpochMs): Condition[] {
  const conditions = object.status?.conditions ?? [];
  const others = conditions.filter((one) => one.type !== 'KillSwitchConfirmed');
  const before = conditions.find((one) => one.type === 'KillSwitchConfirmed');
  const { generation } = object.metadata;
  const unknown: Condition = {
    type: 'KillSwitchConfirmed',
    status: 'Unknown',
    reason: 'RollbackLatched',
    message: 'the rollback latch was just written; the pods have not confirmed it yet',
    lastTransitionTime: before?.status === 'Unknown' ? before.lastTransitionTime : instant(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  return [...others.slice(0, CONDITIONS_MAX - 1), unknown];
}

const pointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
