import { expect, it } from 'vitest';
import type { Answer } from '../../../crds/kube/call.ts';
import type { Alerting } from '../../../operator/reconcile/observed.ts';
import { reconcile } from '../../../operator/reconcile/reconcile.ts';
import type { OwnStatus } from '../../../operator/reconcile/status.ts';
import { stamp } from '../rollback/builders.ts';
import { aKilled, aShell } from './fake-shell.ts';

/** AlertingHealthy after one run over an object that says True. */
async function saidAfter(alerting: Alerting) {
  const killed = aKilled();
  const good = {
    type: 'AlertingHealthy',
    status: 'True',
    reason: 'Receiving',
    message: '',
  } as const;
  const conditions = [{ ...good, lastTransitionTime: stamp('02:00:00') }];
  const executor = { ...killed, status: { ...killed.status, conditions } };
  let told: OwnStatus | undefined;
  const shell = aShell(executor, (request) => {
    if (request.path.endsWith('/btc/status')) told = (request.body as { status: OwnStatus }).status;
    return { ok: true, status: 200, body: executor } as unknown as Answer<unknown>;
  });
  await reconcile({ namespace: 'desk', name: 'btc' }, { ...shell, alerting: () => alerting });
  return told?.conditions?.find(({ type }) => type === 'AlertingHealthy');
}

it.each([
  ['stands while a new operator has heard nothing yet', 'NothingHeard', 'True', 'Receiving'],
  ['ends when nothing is heard', 'NothingHeardLately', 'Unknown', 'NothingHeardLately'],
])('AlertingHealthy=True %s', async (_, heard, status, reason) => {
  const said = await saidAfter({ status: 'Unknown', reason: heard, message: '' });
  expect(said).toMatchObject({ status, reason });
});
