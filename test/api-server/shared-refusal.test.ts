import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { expect, it } from 'vitest';
import type { Operator } from '../../operator/operator.ts';
import { REFUSAL_LEASE } from '../../operator/rollback/shared-refusal.ts';
import { payload } from '../operator/rollback/builders.ts';
import { until } from '../operator/support/desk.ts';
import { desk, NS, openOperatorDesk, settles } from './operator-desk.ts';

openOperatorDesk();

async function deliver(to: Operator, token: string): Promise<number> {
  const ca = await readFile(desk.authority.certPath, 'utf8');
  const agent = new Agent({ connect: { ca }, allowH2: false });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const asked = { method: 'POST', headers, body: JSON.stringify(payload([])) } as const;
  const origin = `https://localhost:${to.httpsPort}`;
  const { statusCode, body } = await agent.request({ origin, path: '/alertmanager', ...asked });
  await body.dump();
  await agent.destroy();
  return statusCode;
}

const lease = async () =>
  (
    await desk.server.request(
      'GET',
      `/apis/coordination.k8s.io/v1/namespaces/default/leases/${REFUSAL_LEASE}`,
    )
  ).body;

it('a delivery that one replica refused is in AlertingHealthy, until another has accepted one', async () => {
  const [second, third] = [await desk.operator('second'), await desk.operator('third')];
  await desk.declare(NS, 'refused');
  expect(await deliver(second, 'wrong')).toBe(401);
  await settles('refused', 'AlertingHealthy', 'False', 'WebhookRefused');
  const told = await lease();
  expect(told.spec.holderIdentity).toBe('second');
  expect(await deliver(second, 'wrong')).toBe(401);
  // repeated, as Alertmanager does: the third has to hear of the refusal before it can end it
  await until('an accepted delivery ends it', async () => {
    expect(await deliver(third, 'webhook-token')).toBe(200);
    return (await lease()).spec.holderIdentity === '';
  });
  await settles('refused', 'AlertingHealthy', 'True', 'Receiving');
  expect((await lease()).spec.leaseTransitions).toBe(told.spec.leaseTransitions + 1);
});
