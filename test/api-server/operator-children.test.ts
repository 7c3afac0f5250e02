import { describe, expect, it } from 'vitest';
import { executorPath } from '../../crds/kube/paths.ts';
import { until } from '../operator/support/desk.ts';
import { collectorKnowsExecutors } from './collector.ts';
import {
  all,
  CALLS,
  CHILDREN,
  child,
  condition,
  desk,
  exists,
  metric,
  NS,
  openOperatorDesk,
  operator,
  role,
  service,
  set,
  settles,
} from './operator-desk.ts';

openOperatorDesk();

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
    await desk.server.request('DELETE', role('drift'));
    await until('all drift is gone', async () => {
      const paths = [service('drift'), set('drift'), role('drift')];
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

  it('cost no call, not even a read, once they are as they should be', async () => {
    await until('the calls have stopped', async () => {
      const before = await metric(operator, CALLS);
      await new Promise((wake) => setTimeout(wake, 1_000));
      return (await metric(operator, CALLS)) === before;
    });
    const before = await metric(operator, CALLS);
    const runs = await metric(operator, /^controller_runtime_reconcile_total/);
    for (const { metadata } of await all()) {
      await desk.patch(NS, metadata.name, { metadata: { annotations: { touched: 'yes' } } });
    }
    await until('every executor was looked at', async () => {
      const now = await metric(operator, /^controller_runtime_reconcile_total/);
      return now >= runs + (await all()).length;
    });
    expect(await metric(operator, CALLS)).toBe(before);
  });
});

describe('an executor that is deleted and declared anew', () => {
  it('gets children of its own once the old ones are collected', async () => {
    await collectorKnowsExecutors();
    const first = await desk.declare(NS, 'again');
    await exists(set('again'));
    const path = executorPath({ namespace: NS, name: 'again' });
    await desk.server.request('DELETE', path);
    await until('it is gone', async () => (await desk.server.request('GET', path)).status === 404);
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

  it('gets no child back in a foreground deletion, which ends', async () => {
    const path = executorPath({ namespace: NS, name: 'pruned' });
    const merge = { contentType: 'application/merge-patch+json' };
    const gone = async (...paths: string[]) => {
      const all = await Promise.all(paths.map((one) => desk.server.request('GET', one)));
      return all.every(({ status }) => status === 404);
    };
    await desk.declare(NS, 'pruned');
    await exists(set('pruned'));
    const held = (finalizers: readonly string[]) => ({ metadata: { finalizers } });
    await desk.server.request('PATCH', set('pruned'), held(['spark.trading/held']), merge);
    await desk.server.request('DELETE', `${path}?propagationPolicy=Foreground`);
    const others = [role('pruned'), service('pruned')];
    await until('the others are collected', () => gone(...others), 60_000);
    const runs = await metric(operator, /^controller_runtime_reconcile_total/);
    await desk.patch(NS, 'pruned', { metadata: { annotations: { look: 'again' } } });
    await until('it was looked at', async () => {
      return (await metric(operator, /^controller_runtime_reconcile_total/)) > runs + 1;
    });
    expect(await gone(...others)).toBe(true);
    await desk.server.request('PATCH', set('pruned'), held([]), merge);
    await until('nothing of it is left', () => gone(path, set('pruned'), ...others), 60_000);
  }, 150_000);
});
