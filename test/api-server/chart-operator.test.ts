import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition } from '../../crds/fields.ts';
import type { Operator } from '../../operator/operator.ts';
import { operatorFolder, runOperator, until } from '../operator/support/desk.ts';
import {
  EXECUTORS,
  executor,
  FULL_NAME,
  type InstalledChart,
  installChart,
} from './installed-chart.ts';
import { tokenKubeconfig } from './token-kubeconfig.ts';

const PAPER = { venue: { name: 'btcturk' } };
let installed: InstalledChart;
let folder: string;
let operator: Operator;

beforeAll(async () => {
  installed = await installChart({
    set: 'watchNamespaces={desk},monitoring.enabled=true',
    server: { statefulSets: true },
  });
  ({ folder } = await operatorFolder());
  const kubeconfigPath = join(folder, 'kubeconfig');
  const token = await installed.token(FULL_NAME);
  await writeFile(kubeconfigPath, tokenKubeconfig(installed.server, token));
  const flags = ['--watch-namespaces=desk', '--lease-namespace=trading', '--network-policy=on'];
  operator = await runOperator({ server: { kubeconfigPath }, folder, identity: 'own' }, flags);
}, 120_000);
afterAll(async () => {
  await operator?.stop();
  await installed?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const get = (path: string) => installed.server.request('GET', path);

describe('an operator with no rights but those of the chart for one namespace', () => {
  it('makes the executors of that namespace what they should be', async () => {
    await installed.post(EXECUTORS, executor('own', PAPER));
    const judged = await until('it is judged', async () => {
      const { body } = await get(`${EXECUTORS}/own`);
      return body.status?.conditions?.find(({ type }: Condition) => type === 'Ready');
    });
    expect(judged.reason).toMatch(/Starting|NoPod/);
    const monitors = '/apis/monitoring.coreos.com/v1/namespaces/desk/servicemonitors/own-executor';
    await until('its last child is made', async () => (await get(monitors)).status === 200);
    const set = '/apis/apps/v1/namespaces/desk/statefulsets/own-executor';
    const policy = '/apis/networking.k8s.io/v1/namespaces/desk/networkpolicies/own-executor';
    expect((await get(set)).status).toBe(200);
    expect((await get(policy)).status).toBe(200);
  });

  it('makes the Lease of a Secret, which no executor may', async () => {
    const venue = { name: 'btcturk', credentialsSecretRef: { name: 'own-key' } };
    await installed.post(EXECUTORS, executor('keyed', { venue }));
    const lease = '/apis/coordination.k8s.io/v1/namespaces/desk/leases/credential-own-key';
    await until('it is made', async () => (await get(lease)).status === 200);
  });

  it('leaves those of other namespaces alone', async () => {
    const elsewhere = EXECUTORS.replace('/desk/', '/default/');
    await installed.post(elsewhere, executor('else', PAPER));
    await installed.post(EXECUTORS, executor('later', PAPER));
    await until('a later one is judged', async () => {
      return (await get(`${EXECUTORS}/later`)).body.status?.conditions !== undefined;
    });
    expect((await get(`${elsewhere}/else`)).body.status).toBeUndefined();
  });

  it('was refused nothing', async () => {
    const metrics = await fetch(`http://127.0.0.1:${operator.httpPort}/metrics`);
    const calls = (await metrics.text()).match(/^rest_client_requests_total\{.*$/gm) ?? [];
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter((line) => line.includes('code="403"'))).toEqual([]);
    const { body } = await get('/apis/coordination.k8s.io/v1/namespaces/trading/leases');
    expect(body.items).toHaveLength(1);
  });
});
