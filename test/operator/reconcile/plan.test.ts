import { describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { NO_FACTS } from '../../../operator/kill/facts.ts';
import type { Live, Observed } from '../../../operator/reconcile/observed.ts';
import { plan } from '../../../operator/reconcile/plan.ts';
import { UNKNOWN } from '../../../operator/reconcile/slo-verdicts.ts';
import { anExecutor } from '../rollback/builders.ts';
import { SETTINGS } from './fake-shell.ts';

const LEASES = ['credential-key', 'credential-keys', 'credential-others'];
const alerting = { status: 'True', reason: 'Receiving', message: '' } as const;

function seen(executor: TradingExecutor, live: readonly Live[], more = {}): Observed {
  const quiet = { pods: [], facts: NO_FACTS, serviceMonitors: true, elapsed: 0, leases: LEASES };
  return { executor, live, ...quiet, settings: SETTINGS, alerting, slos: UNKNOWN, ...more };
}

/** A model world: an applied child is there afterwards, as the API server would have it. */
function perform(live: readonly Live[], at: Observed): readonly Live[] {
  return plan(at).actions.reduce<readonly Live[]>((world, action) => {
    if (action.kind !== 'create') return world;
    const { child } = action;
    const made = structuredClone(child) as unknown as Live;
    const stamped = { ...made, metadata: { ...made.metadata, uid: child.kind } } as Live;
    return [...world.filter(({ kind }) => kind !== child.kind), stamped];
  }, live);
}

function declared({ image, cpu, secret }: Record<'image' | 'cpu' | 'secret', string | undefined>) {
  const made = anExecutor();
  const { credentialsSecretRef: _own, ...venue } = made.spec.venue;
  const spec = {
    ...made.spec,
    venue: { ...venue, ...(secret && { credentialsSecretRef: { name: secret } }) },
    ...(image && { image }),
    ...(cpu && { resources: { limits: { cpu } } }),
  };
  return { ...made, spec } as TradingExecutor;
}

describe('plan', () => {
  it('takes 0.5 and 500m for the same quantity, and 501m for another', () => {
    const executor = declared({ image: undefined, cpu: '0.5', secret: undefined });
    const live = perform([], seen(executor, []));
    const as = (text: string) =>
      JSON.parse(JSON.stringify(live).replaceAll('"0.5"', `"${text}"`)) as Live[];
    expect(plan(seen(executor, as('500m'))).actions).toEqual([]);
    expect(plan(seen(executor, as('501m'))).actions).toMatchObject([{ kind: 'update' }]);
  });

  it('never writes to an object of somebody else', () => {
    const executor = anExecutor();
    const [ours, ...rest] = perform([], seen(executor, []));
    if (ours === undefined) throw new Error('no child was planned');
    const metadata = { ...ours.metadata, labels: {}, ownerReferences: [] };
    const found = plan(seen(executor, [{ ...ours, metadata }, ...rest]));
    expect(found.actions).toEqual([]);
    expect(found.foreign).toEqual([`${ours.kind}/${ours.metadata.name}`]);
  });

  it('leaves the mounted Secret in place while the executor is not killed', () => {
    const before = declared({ image: undefined, cpu: undefined, secret: 'keys' });
    const live = perform([], seen(before, []));
    const after = declared({ image: undefined, cpu: undefined, secret: 'others' });
    expect(plan(seen(after, live))).toMatchObject({ actions: [], credentialsWait: true });
  });
});
