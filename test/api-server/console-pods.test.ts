import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { type KubeConnection, kubeconfigConnection } from '../../crds/kube/connection.ts';
import { corePath } from '../../crds/kube/paths.ts';
import { EXECUTOR_LABEL } from '../../crds/names.ts';
import { watchedPods } from '../../operator/console/numbers/pods.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../operator/desired/child.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

let server: ApiServer;
let connection: KubeConnection;
beforeAll(async () => {
  server = await startApiServer({ controllers: true });
  connection = kubeconfigConnection(await readFile(server.kubeconfigPath, 'utf8'));
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

const pods = corePath('pods', 'default');
const ours = { [MANAGED_BY_LABEL]: MANAGED_BY };
const running = (ip: string) => ({
  phase: 'Running',
  podIP: ip,
  podIPs: [{ ip }],
  containerStatuses: [
    {
      ...{ name: 'executor', image: 'x', imageID: 'x', ready: true, restartCount: 0 },
      state: { running: { startedAt: '2026-11-23T03:00:00Z' } },
    },
  ],
});

/** A pod, and a kubelet that says this of it. */
async function aPod(name: string, labels: object, status: object = {}): Promise<void> {
  const spec = { containers: [{ name: 'executor', image: 'x' }] };
  const made = await server.request('POST', pods, {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const merge = { contentType: 'application/merge-patch+json' };
  await server.request('PATCH', `${pods}/${name}/status`, { status }, merge);
}

describe('the pods that the console reads', () => {
  it('are those in which an executor runs, while somebody looks', async () => {
    await aPod('btc-executor-0', { ...ours, [EXECUTOR_LABEL]: 'btc' }, running('10.0.0.1'));
    await aPod('eth-executor-0', { ...ours, [EXECUTOR_LABEL]: 'eth' });
    await aPod('foreign', { [EXECUTOR_LABEL]: 'btc' }, running('10.0.0.9'));
    const way = { connection, clock: systemClock, random: Math.random };
    const watched = watchedPods({ ...way, namespaces: ['default'] });
    expect(await watched.byExecutor()).toEqual(new Map());
    watched.start();
    const btc = { uid: expect.any(String), name: 'btc-executor-0', ip: '10.0.0.1' };
    expect(await watched.byExecutor()).toEqual(new Map([['default/btc', [btc]]]));
    const merge = { contentType: 'application/merge-patch+json' };
    const status = running('10.0.0.2');
    await server.request('PATCH', `${pods}/eth-executor-0/status`, { status }, merge);
    await expect
      .poll(async () => (await watched.byExecutor()).get('default/eth'))
      .toMatchObject([{ name: 'eth-executor-0', ip: '10.0.0.2' }]);
    await watched.stop();
    expect(await watched.byExecutor()).toEqual(new Map());
  });

  it('are waited for while the API server does not answer, and no longer than somebody looks', async () => {
    await server.kill();
    const way = { connection, clock: systemClock, random: Math.random };
    const watched = watchedPods({ ...way, namespaces: undefined });
    watched.start();
    const asked = watched.byExecutor();
    await watched.stop();
    expect(await asked).toEqual(new Map());
    await server.restart();
  });
});
