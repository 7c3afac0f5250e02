import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../operator/support/desk.ts';
import { type FakeExecutor, runPod } from '../operator/support/fake-executor.ts';
import { condition, desk, exists, NS, openOperatorDesk, set, settles } from './operator-desk.ts';

openOperatorDesk();

const KEY = { namespace: NS, name: 'rolls' };
const running: FakeExecutor[] = [];
afterAll(() => Promise.all(running.map((pod) => pod.close())));

const start = async (ip: string) => {
  const pod = await runPod(desk, KEY, ip);
  running.push(pod);
  return pod;
};
const podPath = `/api/v1/namespaces/${NS}/pods/rolls-executor-0`;
const imageOf = (body: { spec: { containers: { image: string }[] } }) =>
  body.spec.containers[0]?.image;
const podRuns = (image: string) =>
  until(`the pod runs ${image}`, async () => {
    const { status, body } = await desk.server.request('GET', podPath);
    return status === 200 && imageOf(body) === image;
  });

describe('a version that does not come up', () => {
  it('is put back to the last good one, said so, and tried again when the spec changes', async () => {
    await desk.declare(NS, 'rolls', {
      ...{ image: 'executor:good', version: 'v-test', rollout: { progressDeadline: '30s' } },
    });
    await start('127.0.0.21');
    await until(
      'it counts as good',
      async () =>
        (await desk.get(NS, 'rolls')).status?.rollout?.lastGood?.image === 'executor:good',
      45_000,
    );
    await desk.patch(NS, 'rolls', { spec: { image: 'executor:bad', version: 'v-new' } });
    await podRuns('executor:bad'); // the StatefulSet controller's own doing; it stays Pending
    const told = await until(
      'it is given up',
      async () => {
        const object = await desk.get(NS, 'rolls');
        return object.status?.rollout?.failed === undefined ? undefined : object;
      },
      60_000,
    );
    expect(told.status?.rollout).toMatchObject({
      lastGood: { image: 'executor:good', version: 'v-test' },
      failed: { image: 'executor:bad', version: 'v-new' },
    });
    await podRuns('executor:good');
    expect(imageOf((await exists(set('rolls'))).spec.template)).toBe('executor:good');
    await start('127.0.0.22');
    const after = await settles('rolls', 'Ready', 'True', 'RunningLastGood');
    expect(condition(after, 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'LastGoodPutBack',
    });
    const path = `/api/v1/namespaces/${NS}/events`;
    await until('an Event says so', async () => {
      const { items } = (await desk.server.request('GET', path)).body;
      return items.some(({ reason }: { reason: string }) => reason === 'LastGoodPutBack');
    });
    // What stops an executor is never put back: a kill reaches the old version at once.
    await desk.patch(NS, 'rolls', { spec: { killSwitch: true } });
    await settles('rolls', 'KillSwitchConfirmed', 'True', 'Flat');
    await desk.patch(NS, 'rolls', { spec: { image: 'executor:better' } });
    await podRuns('executor:better');
    expect((await desk.get(NS, 'rolls')).status?.rollout?.failed).toBeUndefined();
  }, 180_000);
});

describe('what applies in place', () => {
  it('replaces no pod: mode, kill, limits, whitelist, clock, callers, ladder', async () => {
    await desk.declare(NS, 'stays', {
      venue: { name: 'btcturk', credentialsSecretRef: { name: 'k' } },
    });
    const before = await exists(set('stays'));
    const changes = [
      ...[{ mode: 'trickle' }, { killSwitch: true }, { limits: { maxOrdersPerMinute: 7 } }],
      ...[{ whitelist: ['BTCTRY'] }, { clock: { maxDriftMs: 900 } }, { ladder: { holdFor: '2m' } }],
      { callers: [{ serviceAccount: { namespace: NS, name: 'x' }, role: 'risk' }] },
    ];
    for (const spec of changes) {
      const { metadata } = await desk.patch(NS, 'stays', { spec });
      await until('it was looked at', async () => {
        const { status } = await desk.get(NS, 'stays');
        return status?.observedGeneration === metadata.generation;
      });
    }
    const after = await exists(set('stays'));
    expect(after.metadata.generation).toBe(before.metadata.generation);
  });
});
