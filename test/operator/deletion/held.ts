import type { ControlReport } from '../../../crds/control.ts';
import { effective } from '../../../crds/effective.ts';
import { STOP_FINALIZER } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { statefulSet } from '../../../operator/desired/stateful-set.ts';
import type { Facts, PodFacts } from '../../../operator/kill/facts.ts';
import type { Live, Observed } from '../../../operator/reconcile/observed.ts';
import { UNKNOWN } from '../../../operator/reconcile/slo-verdicts.ts';
import { aPod, SETTINGS as GIVEN } from '../reconcile/fake-shell.ts';
import { anExecutor, stamp } from '../rollback/builders.ts';

const SETTINGS = GIVEN as Observed['settings'];
const KILL = {
  ...{ key: 'k', resourceVersion: '7', seenAt: 0, unchangedSince: 0, deleted: [], lost: [] },
};

/** A live executor with a key that was deleted at 03:00:00 and has our finalizer. */
export function aDeleted(metadata: object = {}, spec: object = {}): TradingExecutor {
  const made = anExecutor();
  const held = { deletionTimestamp: stamp('03:00:00'), finalizers: [STOP_FINALIZER] };
  return {
    ...made,
    metadata: { ...made.metadata, ...held, ...metadata },
    spec: { ...made.spec, ...spec },
    status: { rollback: { uid: 'uid-1', pending: [], latched: false } },
  };
}

/** Its StatefulSet, as the API server has it. */
export function aSet(executor: TradingExecutor, metadata: object = {}): Live {
  const made = statefulSet(executor, SETTINGS, executor.spec.venue.credentialsSecretRef?.name);
  return { ...made, metadata: { ...made.metadata, uid: 'set-1', ...metadata } } as unknown as Live;
}

/** What the pod answers once it is gated for the deletion and flat. */
export const FLAT = {
  version: { tag: 'v1', commit: 'c', builtAt: stamp('01:00:00') },
  effective: effective({
    ...{ mode: 'live', killSwitch: false, latched: false, ladderReached: 'live' },
    ...{ deleting: true, status: 'own' },
  }),
  resourceVersion: '7',
  gate: 'shut',
  gatedAt: stamp('03:00:00'),
  flatAt: stamp('03:00:01'),
  ...{ inFlight: 0, queued: 0, unknown: 0, openOrders: 0, recent: [], shutReasons: ['Deleting'] },
} as unknown as ControlReport;

/** `said`: the pod's last answer; a text: why there was none; undefined: it was not asked. */
export function facts(said: Partial<ControlReport> | string | undefined, seenAt = 0): Facts {
  const kill = { ...KILL, seenAt };
  if (said === undefined) return { pods: new Map(), kill };
  const asked = { process: 'pod-1/', firstSeenAt: 0, asked: 1 };
  const about: PodFacts =
    typeof said === 'string'
      ? { ...asked, failure: said }
      : { ...asked, report: { ...FLAT, ...said }, reportedAt: 0 };
  return { pods: new Map([['pod-1', about]]), kill };
}

/** One pod that runs and was asked, its StatefulSet alive, a second after the deletion. */
export function seen(
  said: Partial<ControlReport> | string | undefined,
  more: Partial<Observed> = {},
): Observed {
  const executor = more.executor ?? aDeleted();
  return {
    executor,
    ...{ live: [aSet(executor)], pods: [aPod], facts: facts(said), serviceMonitors: false },
    leases: [],
    settings: SETTINGS,
    alerting: { status: 'Unknown', reason: 'NothingHeard', message: '' },
    slos: UNKNOWN,
    elapsed: 1_000,
    ...more,
  };
}
