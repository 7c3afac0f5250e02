import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executorPath } from '../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Operator } from '../../operator/operator.ts';
import { type Desk, openDesk, until } from '../operator/support/desk.ts';
import { type FakeExecutor, runPod } from '../operator/support/fake-executor.ts';

const NS = 'default';
const CHILDREN = [
  ['api/v1', 'serviceaccounts', ''],
  ['apis/rbac.authorization.k8s.io/v1', 'roles', ''],
  ['apis/rbac.authorization.k8s.io/v1', 'rolebindings', ''],
  ['api/v1', 'configmaps', '-ca'],
  ['api/v1', 'services', ''],
  ['apis/apps/v1', 'statefulsets', ''],
] as const;

let desk: Desk;
let operator: Operator;
beforeAll(async () => {
  desk = await openDesk();
  operator = await desk.operator('first');
});
afterAll(() => desk?.close());

const child = (name: string, [api, resource, suffix]: (typeof CHILDREN)[number]) =>
  `/${api}/namespaces/${NS}/${resource}/${name}-executor${suffix}`;
const set = (name: string) => child(name, CHILDREN[5]);
const service = (name: string) => child(name, CHILDREN[4]);

const condition = ({ status }: TradingExecutor, type: string) =>
  status?.conditions?.find((one) => one.type === type);

/** Waits until the condition has this status and reason. */
const settles = (name: string, type: string, status: string, reason: string) =>
  until(`${type} of ${name} is ${status}/${reason}`, async () => {
    const object = await desk.get(NS, name);
    const now = condition(object, type);
    return now?.status === status && now.reason === reason ? object : undefined;
  });

const exists = (path: string) =>
  until(`${path} exists`, async () => {
    const { status, body } = await desk.server.request('GET', path);
    return status === 200 ? body : undefined;
  });

async function metric(of: Operator, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${of.httpPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => pattern.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
const WRITES = /^rest_client_requests_total\{method="(PATCH|POST|PUT|DELETE)"/;

describe('children of an executor', () => {
  it('are made, labelled and owned, and status speaks of the object', async () => {
    const object = await desk.declare(NS, 'made');
    for (const kind of CHILDREN) {
      const live = await exists(child('made', kind));
      expect(live.metadata.labels).toMatchObject({
        'app.kubernetes.io/managed-by': 'trading-executor-operator',
        'spark.trading/executor': 'made',
      });
      expect(live.metadata.ownerReferences).toMatchObject([
        { kind: 'TradingExecutor', uid: object.metadata.uid, controller: true },
      ]);
    }
    const seen = await settles('made', 'Ready', 'False', 'Starting');
    expect(seen.status).toMatchObject({
      observedGeneration: 1,
      effective: { mode: 'paper', killSwitch: false, reason: 'AsDeclared' },
      ladder: { reached: 'paper' },
      rollback: { uid: object.metadata.uid, latched: false },
    });
  });

  it('get their drift put back, whichever field it is', async () => {
    await desk.declare(NS, 'drift');
    await exists(set('drift'));
    const spoil = (path: string, patch: object) =>
      desk.server.request('PATCH', path, patch, { contentType: 'application/merge-patch+json' });
    await spoil(service('drift'), {
      metadata: { labels: { 'app.kubernetes.io/managed-by': null } },
      spec: { publishNotReadyAddresses: false, selector: { 'app.kubernetes.io/name': 'other' } },
    });
    await spoil(set('drift'), { metadata: { ownerReferences: null }, spec: { replicas: 3 } });
    await desk.server.request('DELETE', child('drift', CHILDREN[1]));
    await until('all drift is gone', async () => {
      const paths = [service('drift'), set('drift'), child('drift', CHILDREN[1])];
      const [one, two, three] = await Promise.all(
        paths.map((path) => desk.server.request('GET', path)),
      );
      return (
        one?.body.spec.publishNotReadyAddresses === true &&
        one.body.spec.selector['app.kubernetes.io/name'] === 'trading-executor' &&
        one.body.metadata.labels['app.kubernetes.io/managed-by'] !== undefined &&
        two?.body.metadata.ownerReferences?.length === 1 &&
        two.body.spec.replicas === 1 &&
        three?.status === 200
      );
    });
  });

  it('are not touched when somebody else has the name, and healed when that one goes', async () => {
    const metadata = { name: 'taken-executor', namespace: NS, labels: { mine: 'yes' } };
    const spec = { selector: { app: 'other' }, ports: [{ port: 80 }] };
    const path = `/api/v1/namespaces/${NS}/services`;
    const theirs = await desk.server.request('POST', path, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec,
    });
    await desk.declare(NS, 'taken');
    const told = await settles('taken', 'Ready', 'False', 'ForeignChild');
    expect(condition(told, 'Ready')?.message).toContain('Service/taken-executor');
    const now = await desk.server.request('GET', service('taken'));
    expect(now.body.metadata.resourceVersion).toBe(theirs.body.metadata.resourceVersion);
    await desk.server.request('DELETE', service('taken'));
    await desk.patch(NS, 'taken', { metadata: { annotations: { look: 'again' } } });
    const healed = await exists(service('taken'));
    expect(healed.metadata.ownerReferences).toHaveLength(1);
  });

  it('cost no write once they are as they should be', async () => {
    await until('the writes have stopped', async () => {
      const before = await metric(operator, WRITES);
      await new Promise((wake) => setTimeout(wake, 1_000));
      return (await metric(operator, WRITES)) === before;
    });
    const before = await metric(operator, WRITES);
    const runs = await metric(operator, /^controller_runtime_reconcile_total/);
    for (const { metadata } of await all()) {
      await desk.patch(NS, metadata.name, { metadata: { annotations: { touched: 'yes' } } });
    }
    await until('every executor was looked at', async () => {
      const now = await metric(operator, /^controller_runtime_reconcile_total/);
      return now >= runs + (await all()).length;
    });
    expect(await metric(operator, WRITES)).toBe(before);
  });
});

async function all(): Promise<readonly TradingExecutor[]> {
  const path = `/apis/spark.trading/v1alpha1/namespaces/${NS}/tradingexecutors`;
  return (await desk.server.request('GET', path)).body.items;
}

const SECRET = { credentialsSecretRef: { name: 'keys' } };
const TRICKLE = {
  mode: 'trickle',
  venue: { name: 'btcturk', ...SECRET },
  ladder: { holdFor: '1s' },
  control: { confirmWithin: '10s' },
};

describe('an executor that answers', () => {
  let pod: FakeExecutor;
  beforeAll(async () => {
    await desk.declare(NS, 'alive', TRICKLE);
    pod = await runPod(desk, { namespace: NS, name: 'alive' }, '127.0.0.11');
  });
  afterAll(() => pod?.close());

  it('becomes Ready and climbs after it has held the rung', async () => {
    await settles('alive', 'Ready', 'True', 'Running');
    const holding = await until('the ladder says what it holds', async () => {
      const { status } = await desk.get(NS, 'alive');
      return status?.ladder?.holding === 'trickle' ? status.ladder : undefined;
    });
    const risen = await until('trickle is reached', async () => {
      const { status } = await desk.get(NS, 'alive');
      return status?.ladder?.reached === 'trickle' ? status.ladder : undefined;
    });
    expect(risen.holding).toBeUndefined();
    expect(Date.now() - Date.parse(holding.since ?? '')).toBeGreaterThanOrEqual(1_000);
    expect(pod.asked.tokens).toEqual(new Set(['Bearer operator-token']));
  });

  it('confirms a kill; the condition speaks of that very generation', async () => {
    const killed = await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    const told = await settles('alive', 'KillSwitchConfirmed', 'True', 'Flat');
    expect(condition(told, 'KillSwitchConfirmed')?.observedGeneration).toBe(
      killed.metadata.generation,
    );
    expect(told.status?.pods).toMatchObject([{ state: 'Gated', ready: true }]);
    expect(told.status?.pods?.[0]?.gatedAt).toBeDefined();
    expect(condition(told, 'Ready')?.status).toBe('True');
    await desk.patch(NS, 'alive', { spec: { killSwitch: false } });
    await settles('alive', 'KillSwitchConfirmed', 'False', 'NotKilled');
  });

  it('is not believed when it speaks of the object before the kill', async () => {
    await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    await settles('alive', 'KillSwitchConfirmed', 'True', 'Flat');
    pod.manners.frozen = await desk.get(NS, 'alive'); // killed, but of the kill before
    await desk.patch(NS, 'alive', { spec: { killSwitch: false } });
    await settles('alive', 'KillSwitchConfirmed', 'False', 'NotKilled');
    await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    await settles('alive', 'KillSwitchConfirmed', 'Unknown', 'Confirming');
    pod.manners.frozen = undefined;
    await settles('alive', 'KillSwitchConfirmed', 'True', 'Flat');
    await desk.patch(NS, 'alive', { spec: { killSwitch: false } });
  });

  it('says what keeps it from working, and heals', async () => {
    pod.manners.credentials = 'missing';
    await desk.patch(NS, 'alive', { spec: { version: 'v-test' } });
    await settles('alive', 'Ready', 'False', 'CredentialsMissing');
    pod.manners.credentials = 'present';
    pod.manners.tag = 'v-other';
    await desk.patch(NS, 'alive', { spec: { limits: { maxOrdersPerMinute: 29 } } });
    await settles('alive', 'Ready', 'False', 'VersionMismatch');
    pod.manners.tag = 'v-test';
    await desk.patch(NS, 'alive', { spec: { limits: { maxOrdersPerMinute: 28 } } });
    await settles('alive', 'Ready', 'True', 'Running');
  });

  it('keeps its credentials until it is killed and flat', async () => {
    const secret = async () => {
      const { body } = await desk.server.request('GET', set('alive'));
      const volumes = body.spec.template.spec.volumes as { secret?: { secretName: string } }[];
      return volumes.find((one) => one.secret !== undefined)?.secret?.secretName;
    };
    await desk.patch(NS, 'alive', {
      spec: { venue: { credentialsSecretRef: { name: 'others' } } },
    });
    await settles('alive', 'Progressing', 'True', 'CredentialsChangeWaits');
    expect(await secret()).toBe('keys');
    await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    await until('the new Secret is mounted', async () => (await secret()) === 'others');
  });
});

describe('an executor that does not obey', () => {
  it('is deleted once, and only once it is late', async () => {
    await desk.declare(NS, 'stubborn', { ...TRICKLE, control: { confirmWithin: '2s' } });
    const pod = await runPod(desk, { namespace: NS, name: 'stubborn' }, '127.0.0.12');
    await settles('stubborn', 'Ready', 'True', 'Running');
    const path = `/api/v1/namespaces/${NS}/pods/stubborn-executor-0`;
    const { uid } = (await desk.server.request('GET', path)).body.metadata;
    pod.manners.stubborn = true;
    const before = await metric(operator, /^trading_operator_pods_deleted_total/);
    const killedAt = performance.now();
    await desk.patch(NS, 'stubborn', { spec: { killSwitch: true } });
    await until('the pod is replaced', async () => {
      const { status, body } = await desk.server.request('GET', path);
      return status === 404 || body.metadata.uid !== uid || body.metadata.deletionTimestamp;
    });
    expect(performance.now() - killedAt).toBeGreaterThanOrEqual(2_000);
    expect(await metric(operator, /^trading_operator_pods_deleted_total/)).toBe(before + 1);
    await pod.close();
    const events = `/api/v1/namespaces/${NS}/events?fieldSelector=involvedObject.name=stubborn`;
    const told = await until('an Event says so', async () => {
      const { body } = await desk.server.request('GET', events);
      return (body.items as { reason: string }[]).find(({ reason }) => reason === 'Ungated');
    });
    expect(told).toBeDefined();
  });
});

describe('a second operator', () => {
  it('takes over when the first one ends, and writes nothing that is already so', async () => {
    const second = await desk.operator('second');
    expect(await metric(second, /^leader_election_master_status/)).toBe(0);
    await operator.stop();
    await until('the second leads', async () =>
      metric(second, /^leader_election_master_status/).then((value) => value === 1),
    );
    await until('it has looked at everything', async () => {
      const runs = await metric(second, /^controller_runtime_reconcile_total/);
      return runs >= (await all()).length;
    });
    operator = second;
    await desk.declare(NS, 'later');
    await exists(set('later'));
  });
});

describe('an executor that is deleted and declared anew', () => {
  it('gets children of its own once the old ones are collected', async () => {
    await collectorKnowsExecutors();
    const first = await desk.declare(NS, 'again');
    await exists(set('again'));
    await desk.server.request('DELETE', executorPath({ namespace: NS, name: 'again' }));
    const second = await desk.declare(NS, 'again');
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    await until(
      'every child belongs to the second',
      async () => {
        const asked = CHILDREN.map((kind) => desk.server.request('GET', child('again', kind)));
        return (await Promise.all(asked)).every(
          ({ body }) => body.metadata?.ownerReferences?.[0]?.uid === second.metadata.uid,
        );
      },
      60_000,
    );
  }, 180_000);
});

/**
 * The garbage collector looks for new kinds every 30 s and is slow with what it met before. Gives it
 * something new to collect until it does so at once.
 */
async function collectorKnowsExecutors(): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const name = `canary-${attempt}`;
    await desk.declare(NS, name);
    await exists(service(name));
    await desk.server.request('DELETE', executorPath({ namespace: NS, name }));
    const gone = async () => (await desk.server.request('GET', service(name))).status === 404;
    if (await until('it is collected', gone, 3_000).catch(() => false)) return;
  }
  throw new Error('the garbage collector never collected the children of an executor');
}
