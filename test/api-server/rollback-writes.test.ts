import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubeConnection, kubeconfigConnection } from '../../crds/kube/connection.ts';
import { executorsPath } from '../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { type RollbackCluster, rollbackCluster } from '../../operator/rollback/cluster.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { installCrds } from './installed-crds.ts';

let server: ApiServer;
let connection: KubeConnection;
let cluster: RollbackCluster;

beforeAll(async () => {
  server = await startApiServer({ controllers: false });
  await installCrds(server);
  connection = kubeconfigConnection(await readFile(server.kubeconfigPath, 'utf8'));
  cluster = rollbackCluster(connection);
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

const create = async (name: string): Promise<TradingExecutor> => {
  const venue = { name: 'btcturk', credentialsSecretRef: { name: 'key' } };
  const body = {
    apiVersion: 'spark.trading/v1alpha1',
    kind: 'TradingExecutor',
    metadata: { name, namespace: 'default' },
    spec: { mode: 'trickle', venue },
  };
  return (await server.request('POST', executorsPath('default'), body)).body;
};

const touch = (name: string, labels: object) =>
  server.request(
    'PATCH',
    `${executorsPath('default')}/${name}`,
    { metadata: { labels } },
    { contentType: 'application/merge-patch+json' },
  );

describe('what the rollback writes, against the real API server', () => {
  it('patches the spec of an object that is as it was read', async () => {
    expect(await cluster.patchSpec(await create('fresh'), 'i-1')).toBe('written');
  });

  it('calls a patch of an object that changed since a conflict, so that it is made anew', async () => {
    const stale = await create('stale');
    await touch('stale', { touched: 'yes' });
    expect(await cluster.patchSpec(stale, 'i-1')).toBe('conflict');
    const now = await cluster.executor({ namespace: 'default', name: 'stale' });
    expect(now?.spec).toMatchObject({ mode: 'trickle', killSwitch: false });
  });

  it('calls a status write to an object that changed since a conflict', async () => {
    const stale = await create('stale-status');
    await touch('stale-status', { touched: 'yes' });
    const rollback = { uid: stale.metadata.uid, pending: [], latched: true };
    expect(await cluster.writeRollback(stale, { rollback })).toBe('conflict');
  });

  it('calls a write to an object that is gone what it is', async () => {
    const stale = await create('gone');
    await server.request('DELETE', `${executorsPath('default')}/gone`);
    expect(await cluster.patchSpec(stale, 'i-1')).toBe('gone');
  });
});
