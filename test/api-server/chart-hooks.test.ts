import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../operator/support/desk.ts';
import { FULL_NAME, type InstalledChart, installChart, MERGE } from './installed-chart.ts';

const TEST = `${FULL_NAME}-test`;
const POD = `/api/v1/namespaces/trading/pods/${TEST}`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/trading';
const ACCESS = [
  `/api/v1/namespaces/trading/serviceaccounts/${TEST}`,
  `${RBAC}/roles/${TEST}`,
  `${RBAC}/rolebindings/${TEST}`,
];

let installed: InstalledChart;
beforeAll(async () => {
  installed = await installChart();
}, 120_000);
afterAll(() => installed?.stop());

const statuses = () =>
  Promise.all(ACCESS.map(async (path) => (await installed.server.request('GET', path)).status));

/** `helm test` while the kubelet is played: the Pod ends in this phase. */
async function tested(phase: 'Succeeded' | 'Failed'): Promise<string> {
  const before = (await installed.server.request('GET', POD)).body.metadata?.uid;
  const running = installed.helm('test', 'desk', '--timeout', '60s').then(
    (text) => text,
    (error: Error) => error.message,
  );
  await until('the Pod is made', async () => {
    const { status, body } = await installed.server.request('GET', POD);
    return status === 200 && body.metadata.uid !== before;
  });
  expect(await statuses()).toEqual([200, 200, 200]);
  await installed.server.request('PATCH', `${POD}/status`, { status: { phase } }, MERGE);
  return running;
}

describe('helm test', () => {
  it('gives its Pod rights only while it runs, and keeps the Pod for its log', async () => {
    expect(await statuses()).toEqual([404, 404, 404]);
    expect(await tested('Succeeded')).toMatch(/Phase:\s+Succeeded/);
    expect(await statuses()).toEqual([404, 404, 404]);
    expect((await installed.server.request('GET', POD)).status).toBe(200);
  });

  it('fails when the Pod fails, takes the rights away and can be run again', async () => {
    expect(await tested('Failed')).toMatch(/failed/i);
    expect(await statuses()).toEqual([404, 404, 404]);
    expect(await tested('Succeeded')).toMatch(/Phase:\s+Succeeded/);
  });

  it('starts a Pod that neither the Service nor the disruption budget takes for an operator', async () => {
    const { body: pod } = await installed.server.request('GET', POD);
    const service = `/api/v1/namespaces/trading/services/${FULL_NAME}`;
    const { selector } = (await installed.server.request('GET', service)).body.spec;
    const labels: Record<string, string> = pod.metadata.labels;
    expect(Object.entries(selector).every(([name, value]) => labels[name] === value)).toBe(false);
  });
});
