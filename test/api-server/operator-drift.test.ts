import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardSlo } from '../../alerts/rules/slo.ts';
import { executorPath, leasePath } from '../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { childPath, FIELD_MANAGER } from '../../operator/apply/perform.ts';
import type { Child, Settings } from '../../operator/desired/child.ts';
import { children } from '../../operator/desired/children.ts';
import { stamped } from '../../operator/desired/stamp.ts';
import type { Operator } from '../../operator/operator.ts';
import type { JsonObject } from '../operator/model/merge.ts';
import { changed, leaves } from '../operator/model/troubles.ts';
import { type Desk, openDesk, until } from '../operator/support/desk.ts';
import { collectorKnowsExecutors } from './collector.ts';
import { metric, NS } from './operator-desk.ts';

const FLAGS = ['--network-policy=on', '--metrics-namespaces=monitoring'];
const SETTINGS: Settings = {
  ...{ executorImage: 'executor:test', operatorServiceAccount: 'system/operator', slo: cardSlo },
  networkPolicy: { metricsNamespaces: ['monitoring'] },
};
const FULL = {
  resources: { limits: { cpu: '0.5' } },
  venue: { name: 'btcturk', credentialsSecretRef: { name: 'keys' } },
  store: { type: 'postgres', secretRef: { name: 'database' } },
  callers: [{ serviceAccount: { namespace: 'strategies', name: 'a' }, role: 'trader' }],
};

let desk: Desk;
let operator: Operator;
beforeAll(async () => {
  desk = await openDesk();
  operator = await desk.operator('first', FLAGS);
});
afterAll(() => desk?.close());

const wanted = (executor: TradingExecutor): readonly Child[] =>
  children(executor, {
    settings: SETTINGS,
    credentials: executor.spec.venue.credentialsSecretRef?.name,
    serviceMonitors: false,
  }).map(stamped);

/** Whether the API server itself finds nothing to change in an apply; it is not carried out. */
async function isAsWanted(child: Child): Promise<boolean> {
  const path = childPath(child);
  const { status, body: live } = await desk.server.request('GET', path);
  if (status !== 200) return false;
  const query = `dryRun=All&force=true&fieldManager=${FIELD_MANAGER}`;
  const contentType = 'application/apply-patch+yaml';
  const applied = await desk.server.request('PATCH', `${path}?${query}`, child, { contentType });
  return applied.status === 200 && isDeepStrictEqual(essence(applied.body), essence(live));
}

function essence({ metadata, status: _, ...rest }: JsonObject): unknown {
  const { labels, annotations, ownerReferences } = metadata as JsonObject;
  return { ...rest, labels, annotations, ownerReferences };
}

const settled = (executor: TradingExecutor) =>
  until('every child is as it is wanted', async () => {
    const all = await Promise.all(wanted(executor).map(isAsWanted));
    return all.every(Boolean);
  });

describe('a field of a child that somebody changes', () => {
  it('is put back, whichever it is, or the API server does not take the change', async () => {
    const executor = await desk.declare(NS, 'fields', FULL);
    await settled(executor);
    await collectorKnowsExecutors(desk); // it takes what was given an owner that is not there
    const counts = await Promise.all(wanted(executor).map(spoilEach));
    const fields = counts.reduce((sum, { spoilt }) => sum + spoilt, 0);
    const refused = counts.flatMap((one) => one.refused);
    expect(fields).toBeGreaterThan(80);
    // Not by accident: what is not spoilt is what nobody can spoil.
    const outside = refused.filter((path) => !path.startsWith('spec.'));
    expect([...new Set(outside)].sort()).toEqual([
      ...['apiVersion', 'kind', 'metadata.name', 'metadata.namespace'],
      ...['roleRef.apiGroup', 'roleRef.kind', 'roleRef.name', 'subjects.0.kind'],
    ]);
  }, 300_000);
});

/** Each field in turn, one after the other. */
async function spoilEach(child: Child): Promise<{ spoilt: number; refused: string[] }> {
  const path = childPath(child);
  const refused: string[] = [];
  let spoilt = 0;
  for (const place of leaves(child as unknown as JsonObject, [])) {
    const status = await until(`${place.join('.')} is taken or refused`, async () => {
      const { body: live } = await desk.server.request('GET', path);
      const { managedFields: _, ...metadata } = live.metadata;
      const done = await desk.server.request('PUT', path, changed({ ...live, metadata }, place));
      return done.status !== 409 && done.status; // a conflict: somebody else wrote meanwhile
    });
    if (status !== 200) {
      refused.push(place.join('.'));
      continue;
    }
    spoilt += 1;
    await until(`${place.join('.')} of ${child.kind} is put back`, () => isAsWanted(child));
  }
  return { spoilt, refused };
}

describe('a spec that changes', () => {
  it('leaves its children as an apply would make them, what it does not ask for any more gone', async () => {
    const name = 'changing';
    await settled(await desk.declare(NS, name, FULL));
    const specs = [
      { resources: null, callers: null },
      { image: 'other:2', resources: { requests: { memory: '1024Mi' } } },
      { image: null, resources: { requests: null, limits: { cpu: '2000m' } } },
    ];
    for (const spec of specs) {
      await settled(await desk.patch(NS, name, { spec }));
    }
    const [set] = wanted(await desk.get(NS, name)).filter(({ kind }) => kind === 'StatefulSet');
    const { body } = await desk.server.request('GET', childPath(set as Child));
    const { resources } = body.spec.template.spec.containers[0];
    expect(resources).toEqual({
      requests: { memory: '256Mi' },
      limits: { cpu: '2', memory: '512Mi' },
    });
  }, 60_000);
});

describe('the Lease of a credential', () => {
  it('is made once, without an owner, and is nobody’s until an executor takes it', async () => {
    const path = leasePath(NS, 'credential-keys');
    const { body: made } = await desk.server.request('GET', path);
    expect(made.metadata.ownerReferences).toBeUndefined();
    expect(made.spec).toEqual({});
    const taken = { ...made, spec: { holderIdentity: 'somebody' } };
    await desk.server.request('PUT', path, taken);
    const runs = await metric(operator, /^controller_runtime_reconcile_total/);
    await desk.patch(NS, 'fields', { metadata: { annotations: { look: 'again' } } });
    await until('it was looked at', async () => {
      return (await metric(operator, /^controller_runtime_reconcile_total/)) > runs;
    });
    const { body: now } = await desk.server.request('GET', path);
    expect(now.spec.holderIdentity).toBe('somebody');
  });
});

describe('a steady cluster', () => {
  it('is not written to, the operator’s own Lease excepted, not even by one that starts anew', async () => {
    // A new one: of a StatefulSet whose template was spoiled, Kubernetes' own controller may go on
    // making the pod by the old revision and deleting it for the new one, as no kubelet makes it ready.
    const name = 'steady';
    await settled(await desk.declare(NS, name, FULL));
    const all = async () => {
      const children = wanted(await desk.get(NS, name)).map(childPath);
      const paths = [executorPath({ namespace: NS, name }), ...children];
      const found = await Promise.all(paths.map((path) => desk.server.request('GET', path)));
      return found.map(({ body }) => `${body.kind} ${body.metadata.resourceVersion}`);
    };
    await until('nothing moves', async () => {
      const before = await all();
      await new Promise((wake) => setTimeout(wake, 2_000));
      return isDeepStrictEqual(await all(), before);
    });
    const before = await all();
    await operator.stop();
    operator = await desk.operator('second', FLAGS); // lists all, and looks at all
    await until('each was looked at, and more than once', async () => {
      return (await metric(operator, /^controller_runtime_reconcile_total/)) >= 6;
    });
    expect(await all()).toEqual(before);
  }, 60_000);
});

describe('a NetworkPolicy', () => {
  it('goes once the operator is told to make none, and though its label was taken away', async () => {
    const path = `/apis/networking.k8s.io/v1/namespaces/${NS}/networkpolicies/fields-executor`;
    const status = async () => (await desk.server.request('GET', path)).status;
    expect(await status()).toBe(200);
    await operator.stop();
    // Without the label no watch of ours sees it; it is in force all the same.
    const labels = { 'app.kubernetes.io/managed-by': null };
    const contentType = 'application/merge-patch+json';
    await desk.server.request('PATCH', path, { metadata: { labels } }, { contentType });
    await desk.operator('third');
    await until('it is gone', async () => (await status()) === 404);
  });
});
