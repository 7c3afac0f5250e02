import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { executorPath } from '../../crds/kube/paths.ts';
import { STOP_FINALIZER } from '../../crds/names.ts';
import { until } from '../operator/support/desk.ts';
import { run } from '../setup/command.ts';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import { collectorKnowsExecutors } from './collector.ts';
import { type Doomed, doomed, eventAbout, KEYED, released } from './doomed.ts';
import { CHILDREN, desk, NS, openOperatorDesk, operator } from './operator-desk.ts';

openOperatorDesk();
beforeAll(() => collectorKnowsExecutors());

const made: Doomed[] = [];
afterEach(async () => {
  for (const { pod } of made.splice(0)) await pod.close();
});
async function trading(namespace: string, name: string): Promise<Doomed> {
  const one = await doomed(namespace, name);
  made.push(one);
  return one;
}
const all = (status: number) => CHILDREN.map(() => status);
const isHeld = async ({ path }: Doomed): Promise<boolean> => {
  const { body } = await desk.server.request('GET', path);
  return body.metadata?.finalizers?.includes(STOP_FINALIZER) ?? false;
};
const SLOW = 120_000;

describe('deleted in the background', () => {
  it(
    'leaves with its children, and not before it is flat',
    async () => {
      const one = await trading(NS, 'background');
      await one.remove('Background');
      await one.waits();
      expect(await one.children()).toEqual(all(200));
      one.pod.manners.notFlat = false;
      await one.gone();
      await until('the collector asks the pod to stop', () => one.podAskedToStop());
      await one.podEnded();
    },
    SLOW,
  );
});

describe('deleted in the foreground', () => {
  it(
    'has its pod asked to stop at once, and stays until that pod has said it is flat',
    async () => {
      const one = await trading(NS, 'foreground');
      await one.remove('Foreground');
      await until('the pod is asked to stop', () => one.podAskedToStop());
      await until('its certificate is collected', async () => (await one.children())[3] === 404);
      const asked = one.pod.asked.count;
      await until('it is asked all the same', async () => one.pod.asked.count > asked + 2);
      expect(await isHeld(one)).toBe(true);
      const before = await released('Flat');
      one.pod.manners.notFlat = false;
      await until('it is let go', async () => !(await isHeld(one)));
      expect(await released('Flat')).toBe(before + 1);
      await one.podEnded();
      await one.gone();
    },
    SLOW,
  );

  it(
    'does not stay for a pod that ended with orders open, and says so loudly',
    async () => {
      const one = await trading(NS, 'cut-off');
      await one.remove('Foreground');
      await until('the pod is asked to stop', () => one.podAskedToStop());
      await one.waits();
      await one.podEnded();
      await one.gone();
      const told = await eventAbout(NS, 'cut-off', 'DeletedWithoutFlat');
      expect(told.message).toContain('no executor process runs that could say');
    },
    SLOW,
  );
});

describe('deleted without its children', () => {
  it(
    'waits for flat all the same, and leaves pod and children alone',
    async () => {
      const one = await trading(NS, 'orphaned');
      await one.remove('Orphan');
      await one.waits();
      one.pod.manners.notFlat = false;
      await one.gone();
      expect(await one.children()).toEqual(all(200));
      expect(await one.podAskedToStop()).toBeUndefined();
    },
    SLOW,
  );
});

const namespacePath = (name: string) => `/api/v1/namespaces/${name}`;
async function namespace(name: string): Promise<string> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await desk.server.request('POST', '/api/v1/namespaces', body);
  await until('it has its account', async () => {
    const account = `${namespacePath(name)}/serviceaccounts/default`;
    return (await desk.server.request('GET', account)).status === 200;
  });
  return name;
}
const namespaceGone = (name: string) =>
  until(
    `namespace ${name} is gone`,
    async () => (await desk.server.request('GET', namespacePath(name))).status === 404,
    60_000,
  );

describe('a namespace that is deleted', () => {
  it(
    'has its pods stopped before any executor is deleted, and is not held up by one',
    async () => {
      const one = await trading(await namespace('torn'), 'one');
      const before = await released('NobodyLeft');
      await desk.server.request('DELETE', namespacePath('torn'));
      await until('the pod is asked to stop', () => one.podAskedToStop());
      const { body } = await desk.server.request('GET', one.path);
      expect(body.metadata.deletionTimestamp).toBeUndefined(); // so executors ask for their namespace
      expect(await isHeld(one)).toBe(true);
      await one.podEnded();
      await namespaceGone('torn');
      expect(await released('NobodyLeft')).toBe(before + 1);
    },
    SLOW,
  );

  it(
    'waits for an executor that was deleted before and is not flat yet',
    async () => {
      const one = await trading(await namespace('closing'), 'one');
      await one.remove();
      await one.waits();
      await desk.server.request('DELETE', namespacePath('closing'));
      await until('the pod is asked to stop', () => one.podAskedToStop());
      expect(await isHeld(one)).toBe(true);
      const before = await released('Flat');
      one.pod.manners.notFlat = false;
      await one.gone();
      expect(await released('Flat')).toBe(before + 1);
      await one.podEnded();
      await namespaceGone('closing');
    },
    SLOW,
  );
});

describe('without an operator', () => {
  it(
    'stays, until somebody takes the finalizer away or an operator is back',
    async () => {
      await ensureBinaries(['kubectl'], () => undefined);
      await namespace('left');
      for (const name of ['by-hand', 'later']) await declaredWithFinalizer(name);
      await operator.stop();
      await desk.server.request('DELETE', namespacePath('left'));
      await until('the namespace says what it waits for', async () => {
        const { body } = await desk.server.request('GET', namespacePath('left'));
        return JSON.stringify(body.status).includes(STOP_FINALIZER);
      });
      const patch = ['patch', 'tex', 'by-hand', '-n', 'left', '--type=merge'];
      const kubectl = [binary('kubectl'), '--kubeconfig', desk.server.kubeconfigPath];
      await run([...kubectl, ...patch, '-p', '{"metadata":{"finalizers":null}}']);
      const path = (name: string) => executorPath({ namespace: 'left', name });
      const status = async (name: string) => (await desk.server.request('GET', path(name))).status;
      expect([await status('by-hand'), await status('later')]).toEqual([404, 200]);
      await desk.operator('second');
      await namespaceGone('left');
    },
    SLOW,
  );
});

async function declaredWithFinalizer(name: string): Promise<void> {
  const made = await desk.declare('left', name, KEYED);
  await until('it has its finalizer', async () => {
    const now = await desk.get('left', name);
    return now.metadata.uid === made.metadata.uid && now.metadata.finalizers?.length === 1;
  });
}
