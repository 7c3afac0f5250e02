import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { type KubeConnection, kubeconfigConnection } from '../../crds/kube/connection.ts';
import { executorsPath } from '../../crds/kube/paths.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { saysAlready, writeStatus } from '../../operator/apply/status.ts';
import { Cluster } from '../../operator/cluster.ts';
import { Fence } from '../../operator/fence.ts';
import { cutOwn } from '../../operator/reconcile/status.ts';
import { type RollbackCluster, rollbackCluster } from '../../operator/rollback/cluster.ts';
import { anIncident } from '../operator/rollback/builders.ts';
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

describe('texts that are too long, against the real API server', () => {
  const LONG = 'ü'.repeat(9_000);
  const LATER = '2026-11-23T03:00:00.000Z';

  it('are cut, and the latch is there', async () => {
    const executor = await create('latched');
    const pending = Array.from({ length: 40 }, (_, i) => ({
      ...{ fingerprint: `f${i}`, alertname: LONG, since: LATER, lastSeen: LATER },
    }));
    const rollback = { uid: executor.metadata.uid, pending, latched: true, evidence: LONG };
    expect(await cluster.writeRollback(executor, { rollback, unconfirm: systemClock.wall() })).toBe(
      'written',
    );
    const now = await cluster.executor({ namespace: 'default', name: 'latched' });
    expect(now?.status?.rollback).toMatchObject({ latched: true });
    expect(now?.status?.rollback?.pending).toHaveLength(32);
  });

  it('are cut in the incident and in its timeline', async () => {
    const key = { namespace: 'default', name: 'latched-1' };
    const facts = anIncident('latched-1').spec;
    const spec = { ...facts, decision: LONG, alert: { ...facts.alert, name: LONG, summary: LONG } };
    const { apiVersion, kind } = anIncident('latched-1');
    const made = { apiVersion, kind, metadata: { ...key, labels: {} }, spec };
    expect(await cluster.createIncident(made)).toBe('created');
    const read = await cluster.incident(key);
    if (read === undefined) throw new Error('the incident is not there');
    const timeline = Array(70).fill({ at: LATER, what: LONG });
    const status = { acknowledged: { by: LONG, at: LATER }, evidence: LONG, timeline };
    expect(await cluster.writeIncidentStatus(read, status)).toBe('written');
    const now = await cluster.incident(key);
    expect(now?.spec.decision).toHaveLength(1_024);
    expect(now?.status?.timeline).toHaveLength(64);
  });

  it('are cut in the status that the reconciler applies', async () => {
    const executor = await create('applied');
    const own = cutOwn({
      conditions: [
        { type: 'Ready', status: 'False', reason: LONG, message: LONG, lastTransitionTime: LATER },
      ],
      effective: { mode: 'paper', killSwitch: true, reason: LONG },
    });
    const writer = new Cluster({ connection, fence: new Fence(() => true) });
    const after = await writeStatus(writer, executor, own);
    expect(typeof after === 'object' && saysAlready(after, own)).toBe(true);
  });
});
