import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardSlo } from '../../alerts/rules/slo.ts';
import { systemClock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { childPath } from '../../operator/apply/perform.ts';
import { children } from '../../operator/desired/children.ts';
import { protectedMetrics } from '../../operator/http/protected-metrics.ts';
import { operatorServer } from '../../operator/http/server.ts';
import { chart } from '../alerts/helm.ts';
import { grants } from './grants.ts';
import {
  EXECUTORS,
  executor,
  FULL_NAME,
  type InstalledChart,
  installChart,
} from './installed-chart.ts';

const APPLY = { contentType: 'application/apply-patch+yaml' };
const KEYED = { name: 'btcturk', credentialsSecretRef: { name: 'key' } };
const SETTINGS = {
  executorImage: 'registry.test/executor:1',
  operatorServiceAccount: `trading/${FULL_NAME}`,
  executorPullSecrets: ['registry'],
  slo: cardSlo,
};

let installed: InstalledChart;

beforeAll(async () => {
  installed = await installChart({
    set: 'metrics.protected=true,executorImage.pullSecrets={registry}',
  });
}, 120_000);
afterAll(() => installed?.stop());

const may = async (account: string, namespace: string, of = 'trading') =>
  grants(installed.server.request, await installed.token(account, of), namespace);

const ROOT = { containers: [{ name: 'c', image: 'i' }] };

/** Makes an executor and, as the operator, its children. */
async function declared(name: string, spec: object) {
  const made: TradingExecutor = (await installed.post(EXECUTORS, executor(name, spec))).body;
  const { venue } = made.spec;
  const wanted = children(made, {
    settings: SETTINGS,
    credentials: venue.credentialsSecretRef?.name,
    serviceMonitors: false,
  });
  const token = await installed.token(FULL_NAME);
  for (const child of wanted) {
    const path = `${childPath(child)}?fieldManager=test&force=true`;
    const done = await installed.server.request('PATCH', path, child, { ...APPLY, token });
    expect(done.status, `${child.kind}: ${done.body.message}`).toBe(201);
  }
  return wanted;
}

/** All that the operator is granted where executors live. */
const OPERATOR = [
  'configmaps: create get list patch watch',
  'events: create patch',
  'leases.coordination.k8s.io: create get update',
  'namespaces: get',
  'networkpolicies.networking.k8s.io: create delete get list patch watch',
  'pods/log: get',
  'pods: delete get list watch',
  'rolebindings.rbac.authorization.k8s.io: create get list patch watch',
  'roles.rbac.authorization.k8s.io: create get list patch watch',
  'serviceaccounts: create get list patch watch',
  'servicemonitors.monitoring.coreos.com: create get list patch watch',
  'services: create get list patch watch',
  'statefulsets.apps: create get list patch watch',
  'tradingexecutors.spark.trading/finalizers: update',
  'tradingexecutors.spark.trading/status: get patch update',
  'tradingexecutors.spark.trading: get list patch watch',
  'tradingincidents.spark.trading/status: get patch update',
  'tradingincidents.spark.trading: create get list patch watch',
];
const EVIDENCE = [
  'configmaps: get',
  'events: list',
  'pods/log: get',
  'pods: list',
  'tradingexecutors.spark.trading: get',
  'tradingincidents.spark.trading: get',
];
const REVIEWS = [
  'subjectaccessreviews.authorization.k8s.io: create',
  'tokenreviews.authentication.k8s.io: create',
];
const sorted = (lines: readonly string[]) => [...lines].sort();

describe('what an account may do, as the API server lists it', () => {
  it('the operator: no wildcard, no Secret, nothing but this', async () => {
    expect(await may(FULL_NAME, 'desk')).toEqual(sorted([...OPERATOR, ...REVIEWS]));
  });

  it('the evidence server: reads what a pack is made of, and writes nothing', async () => {
    expect(await may(`${FULL_NAME}-evidence`, 'desk')).toEqual(sorted([...EVIDENCE, ...REVIEWS]));
  });

  it('an executor on paper: its own object and its own certificate', async () => {
    await declared('paper', { venue: { name: 'btcturk' } });
    expect(await may('paper-executor', 'desk', 'desk')).toEqual([
      'configmaps paper-executor-ca: get patch',
      'tradingexecutors.spark.trading paper: get list watch',
    ]);
    expect(await may('paper-executor', 'trading', 'desk')).toEqual([]);
  });

  it('an executor with a key: besides them the Lease of that key and its namespace', async () => {
    await declared('real', { mode: 'trickle', venue: KEYED });
    expect(await may('real-executor', 'desk', 'desk')).toEqual([
      'configmaps real-executor-ca: get patch',
      'leases.coordination.k8s.io credential-key: get update',
      'namespaces desk: get',
      'tradingexecutors.spark.trading real: get list watch',
    ]);
    const token = await installed.token('real-executor', 'desk');
    const read = async (name: string) =>
      (await installed.server.request('GET', `/api/v1/namespaces/${name}`, undefined, { token }))
        .status;
    expect([await read('desk'), await read('trading')]).toEqual([200, 403]);
  });
});

describe('a namespace that enforces the restricted level', () => {
  it.each([
    ['paper', { venue: { name: 'btcturk' } }],
    ['trickle', { mode: 'trickle', venue: KEYED }],
    [
      'database',
      { venue: { name: 'btcturk' }, store: { type: 'postgres', secretRef: { name: 'pg' } } },
    ],
    [
      'calendar',
      { venue: { name: 'bist', calendarConfigMapRef: { name: 'days' } }, whitelist: ['GARAN.E'] },
    ],
  ])('admits the pod of an executor: %s', async (name, spec) => {
    const wanted = await declared(`pod-${name}`, spec);
    const set = wanted.find(({ kind }) => kind === 'StatefulSet') as unknown as {
      readonly spec: {
        readonly template: {
          readonly metadata: object;
          readonly spec: { readonly volumes: readonly object[] };
        };
      };
    };
    const { metadata, spec: template } = set.spec.template;
    const data = { name: 'data', persistentVolumeClaim: { claimName: 'data' } };
    const pod = {
      metadata: { ...metadata, generateName: 'try-' },
      spec: { ...template, volumes: [...template.volumes, data] },
    };
    const made = await installed.post('/api/v1/namespaces/desk/pods?dryRun=All', pod);
    expect(made.status, made.body.message).toBe(201);
    expect(made.body.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
  });

  it('refuses a pod that may become root, so that it is known to enforce', async () => {
    const pod = {
      metadata: { name: 'root' },
      spec: { ...ROOT, serviceAccountName: 'paper-executor' },
    };
    const refused = await installed.post('/api/v1/namespaces/desk/pods?dryRun=All', pod);
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining('restricted'),
    ]);
  });
});

describe('protected metrics', () => {
  it('are read by the account that the chart’s role is bound to, and by nobody else', async () => {
    const { server } = installed;
    const operator = `Bearer ${await installed.token(FULL_NAME)}`;
    const dispatcher = new Agent({ connect: { ca: server.caPem } });
    const connection: KubeConnection = {
      ...{ origin: server.origin, dispatcher, authorization: () => operator },
      close: () => dispatcher.destroy(),
    };
    const { app } = operatorServer(undefined, pino({ level: 'silent' }));
    protectedMetrics(app, { registry: new Registry(), connection, clock: systemClock });
    const scrape = async (account: string) => {
      const headers = { authorization: `Bearer ${await installed.token(account)}` };
      return (await app.inject({ url: '/metrics', headers })).statusCode;
    };
    for (const name of ['prometheus', 'stranger']) {
      await installed.post('/api/v1/namespaces/trading/serviceaccounts', { metadata: { name } });
    }
    await installed.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'prometheus' },
      roleRef: {
        ...{ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
        name: `${FULL_NAME}-metrics-reader`,
      },
      subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: 'trading' }],
    });
    await expect.poll(() => scrape('prometheus'), { timeout: 10_000 }).toBe(200);
    expect(await scrape('stranger')).toBe(403);
    await app.close();
    await connection.close();
  });
});

describe('watchNamespaces', () => {
  it('leaves the operator nothing outside them but the two reviews', async () => {
    await installed.helm(...['upgrade', 'desk', chart, '--set', 'watchNamespaces={desk}']);
    await expect.poll(() => may(FULL_NAME, 'default'), { timeout: 10_000 }).toEqual(REVIEWS);
    expect(await may(FULL_NAME, 'desk')).toEqual(sorted([...OPERATOR, ...REVIEWS]));
    const lease = 'leases.coordination.k8s.io: create get update';
    expect(await may(FULL_NAME, 'trading')).toEqual(sorted([lease, ...REVIEWS]));
    const evidence = `${FULL_NAME}-evidence`;
    expect(await may(evidence, 'desk')).toEqual(sorted([...EVIDENCE, ...REVIEWS]));
    expect(await may(evidence, 'trading')).toEqual(sorted(['pods/log: get', ...REVIEWS]));
  });
});
