import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TradingExecutor, TradingExecutorSpec } from '../../../crds/trading-executor.ts';
import type { Action } from '../../../operator/apply/action.ts';
import { childPath, perform } from '../../../operator/apply/perform.ts';
import { labels, type Settings } from '../../../operator/desired/child.ts';
import { children } from '../../../operator/desired/children.ts';
import { stamped } from '../../../operator/desired/stamp.ts';
import { type Facts, NO_FACTS } from '../../../operator/kill/facts.ts';
import { credentialsInForce, neededLease } from '../../../operator/reconcile/credentials.ts';
import { type Observed, ownership } from '../../../operator/reconcile/observed.ts';
import { plan } from '../../../operator/reconcile/plan.ts';
import { UNKNOWN } from '../../../operator/reconcile/slo-verdicts.ts';
import { ModelApiServer } from '../model/api-server.ts';
import { settings, specs } from '../model/arbitrary-spec.ts';
import { befall, FOREIGN, type Trouble, troubles } from '../model/troubles.ts';
import { anExecutor } from '../rollback/builders.ts';

const RUNS = 1_000;
const alerting = { status: 'True', reason: 'Receiving', message: '' } as const;
const FLAT: Facts = {
  ...NO_FACTS,
  kill: { key: 'k', resourceVersion: '1', seenAt: 0, unchangedSince: 0, deleted: [], lost: [] },
};

interface Circumstances {
  readonly spec: TradingExecutorSpec;
  readonly settings: Settings;
  readonly serviceMonitors: boolean;
  /** Nothing runs and a kill is in force: the Secret may be changed. */
  readonly isFlat: boolean;
  readonly putBack: boolean;
}
const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  ...{ spec: specs, settings, serviceMonitors: fc.boolean() },
  ...{ isFlat: fc.boolean(), putBack: fc.boolean() },
});

/** Through the eyes of the operator, as `observe` looks. */
function look(server: ModelApiServer, given: Circumstances): Observed {
  const executor = declared(given);
  const seen = {
    ...{ executor, pods: [], alerting, slos: UNKNOWN, elapsed: 0, settings: given.settings },
    live: server.live().filter((one) => one.kind !== 'ServiceMonitor' || given.serviceMonitors),
    facts: given.isFlat ? FLAT : NO_FACTS,
    serviceMonitors: given.serviceMonitors,
  };
  const lease = neededLease(seen);
  const path = `/apis/coordination.k8s.io/v1/namespaces/desk/leases/${lease?.name}`;
  return { ...seen, leases: lease !== undefined && server.has(path) ? [lease.name] : [] };
}

function declared({ spec, settings: { executorImage }, putBack }: Circumstances): TradingExecutor {
  const wanted = { image: spec.image ?? executorImage, ...pick(spec) };
  const failed = { ...wanted, at: '2026-11-25T00:00:00Z', reason: 'Late', message: 'late' };
  const rollout = { lastGood: { image: 'good:1' }, failed };
  const rollback = { uid: 'uid-1', pending: [], latched: false };
  return { ...anExecutor(), spec, status: { rollback, ...(putBack ? { rollout } : {}) } };
}

const pick = ({ version, resources }: TradingExecutorSpec) => ({
  ...(version === undefined ? {} : { version }),
  ...(resources === undefined ? {} : { resources }),
});

async function carryOut(server: ModelApiServer, actions: readonly Action[]): Promise<void> {
  for (const action of actions) {
    const done = await perform(server.cluster, action);
    expect(done, JSON.stringify(action)).not.toMatchObject({ kind: 'failed' });
  }
}

/** As an earlier spec made it, and as troubles left it. */
async function aWorld(past: Circumstances, befallen: readonly Trouble[]): Promise<ModelApiServer> {
  const server = new ModelApiServer();
  await carryOut(server, plan(look(server, past)).actions);
  for (const trouble of befallen) befall(server, trouble);
  return server;
}

describe('a plan, performed in any world for any spec', () => {
  it('leaves nothing to plan, nothing to apply, and what is not ours as it was', async () => {
    await fc.assert(
      fc.asyncProperty(circumstances, circumstances, troubles, async (past, now, befallen) => {
        const server = await aWorld(past, befallen);
        const foreign = bodiesOf(server, FOREIGN);
        const seen = look(server, now);
        const planned = plan(seen);
        await carryOut(server, planned.actions);
        expect(plan(look(server, now)).actions).toEqual([]);
        expect(bodiesOf(server, FOREIGN)).toEqual(foreign);
        if (now.settings.networkPolicy === undefined) expect(ourPolicies(server)).toEqual([]);
        await applyingChangesNothing(server, seen, [...planned.foreign, ...planned.leaving]);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('keeps what others have added beside it', async () => {
    const extended: Trouble[] = [0, 1, 2, 3, 4, 5, 6, 7].map((child) => {
      return { kind: 'extended', child, dice: 0 };
    });
    await fc.assert(
      fc.asyncProperty(circumstances, circumstances, async (past, now) => {
        const server = await aWorld(past, extended);
        await carryOut(server, plan(look(server, now)).actions);
        const text = server.state();
        expect(text).toContain('"name":"theirs"');
        expect(text).toContain('"name":"THEIRS"');
        expect(text).toContain('"externalTrafficPolicy":"Local"');
        expect(text.match(/"theirs":"yes"/g)?.length).toBeGreaterThanOrEqual(6);
      }),
      { numRuns: RUNS / 10 },
    );
  }, 60_000);
});

/** Of this executor; one of an earlier executor is the garbage collector's. */
function ourPolicies(server: ModelApiServer): readonly unknown[] {
  const policies = server.live().filter(({ kind }) => kind === 'NetworkPolicy');
  return policies.filter((one) => {
    return ownership(one, anExecutor(), labels(anExecutor().metadata.name)) === 'ours';
  });
}

function bodiesOf(server: ModelApiServer, mark: string): readonly unknown[] {
  return server.live().filter((one) => JSON.stringify(one).includes(mark));
}

/** The judge is the API server: what `holds` overlooks, an apply would change. */
async function applyingChangesNothing(
  server: ModelApiServer,
  seen: Observed,
  others: readonly string[],
): Promise<void> {
  server.changes.length = 0;
  const credentials = credentialsInForce(seen).name;
  for (const child of children(seen.executor, { ...seen, credentials }).map(stamped)) {
    if (others.includes(`${child.kind}/${child.metadata.name}`)) continue;
    const uid = String((server.body(childPath(child))?.metadata as { uid?: string })?.uid);
    await carryOut(server, [{ kind: 'update', child, uid }]);
  }
  expect(server.changes).toEqual([]);
}
