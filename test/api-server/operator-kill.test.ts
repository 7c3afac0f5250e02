import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../operator/support/desk.ts';
import { type FakeExecutor, runPod } from '../operator/support/fake-executor.ts';
import {
  condition,
  desk,
  metric,
  NS,
  openOperatorDesk,
  operator,
  set,
  settles,
} from './operator-desk.ts';

openOperatorDesk();

const SECRET = { credentialsSecretRef: { name: 'keys' } };
const TRICKLE = {
  mode: 'trickle',
  venue: { name: 'btcturk', ...SECRET },
  ladder: { holdFor: '1s' },
  control: { confirmWithin: '10s' },
};

describe('an executor that answers', () => {
  let pod: FakeExecutor;
  beforeAll(async () => {
    await desk.declare(NS, 'alive', TRICKLE);
    pod = await runPod(desk, { namespace: NS, name: 'alive' }, '127.0.0.11');
  });
  afterAll(() => pod?.close());

  it('becomes Ready and climbs after it has held the rung', async () => {
    await settles('alive', 'Ready', 'True', 'Running');
    const holding = await until('the ladder says what it holds', async () => {
      const { status } = await desk.get(NS, 'alive');
      return status?.ladder?.holding === 'trickle' ? status.ladder : undefined;
    });
    const risen = await until('trickle is reached', async () => {
      const { status } = await desk.get(NS, 'alive');
      return status?.ladder?.reached === 'trickle' ? status.ladder : undefined;
    });
    expect(risen.holding).toBeUndefined();
    expect(Date.now() - Date.parse(holding.since ?? '')).toBeGreaterThanOrEqual(1_000);
    expect(pod.asked.tokens).toEqual(new Set(['Bearer operator-token']));
  });

  it('confirms a kill; the condition speaks of that very generation', async () => {
    const killed = await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    const told = await settles('alive', 'KillSwitchConfirmed', 'True', 'Flat');
    expect(condition(told, 'KillSwitchConfirmed')?.observedGeneration).toBe(
      killed.metadata.generation,
    );
    expect(told.status?.pods).toMatchObject([{ state: 'Gated', ready: true }]);
    expect(told.status?.pods?.[0]?.gatedAt).toBeDefined();
    expect(condition(told, 'Ready')?.status).toBe('True');
    await desk.patch(NS, 'alive', { spec: { killSwitch: false } });
    await settles('alive', 'KillSwitchConfirmed', 'False', 'NotKilled');
  });

  it('is not believed when it speaks of the object before the kill', async () => {
    await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    await settles('alive', 'KillSwitchConfirmed', 'True', 'Flat');
    pod.manners.frozen = await desk.get(NS, 'alive'); // killed, but of the kill before
    await desk.patch(NS, 'alive', { spec: { killSwitch: false } });
    await settles('alive', 'KillSwitchConfirmed', 'False', 'NotKilled');
    await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    await settles('alive', 'KillSwitchConfirmed', 'Unknown', 'Confirming');
    pod.manners.frozen = undefined;
    await settles('alive', 'KillSwitchConfirmed', 'True', 'Flat');
    await desk.patch(NS, 'alive', { spec: { killSwitch: false } });
  });

  it('says what keeps it from working, and heals', async () => {
    pod.manners.credentials = 'missing';
    await desk.patch(NS, 'alive', { spec: { version: 'v-test' } });
    await settles('alive', 'Ready', 'False', 'CredentialsMissing');
    pod.manners.credentials = 'present';
    pod.manners.tag = 'v-other';
    await desk.patch(NS, 'alive', { spec: { limits: { maxOrdersPerMinute: 29 } } });
    await settles('alive', 'Ready', 'False', 'VersionMismatch');
    pod.manners.tag = 'v-test';
    await desk.patch(NS, 'alive', { spec: { limits: { maxOrdersPerMinute: 28 } } });
    await settles('alive', 'Ready', 'True', 'Running');
  });

  it('keeps its credentials until it is killed and flat', async () => {
    const secret = async () => {
      const { body } = await desk.server.request('GET', set('alive'));
      const volumes = body.spec.template.spec.volumes as { secret?: { secretName: string } }[];
      return volumes.find((one) => one.secret !== undefined)?.secret?.secretName;
    };
    await desk.patch(NS, 'alive', {
      spec: { venue: { credentialsSecretRef: { name: 'others' } } },
    });
    await settles('alive', 'Progressing', 'True', 'CredentialsChangeWaits');
    expect(await secret()).toBe('keys');
    await desk.patch(NS, 'alive', { spec: { killSwitch: true } });
    await until('the new Secret is mounted', async () => (await secret()) === 'others');
  });
});

describe('an executor that does not obey', () => {
  it('is deleted once, and only once it is late', async () => {
    await desk.declare(NS, 'stubborn', { ...TRICKLE, control: { confirmWithin: '2s' } });
    const pod = await runPod(desk, { namespace: NS, name: 'stubborn' }, '127.0.0.12');
    await settles('stubborn', 'Ready', 'True', 'Running');
    const path = `/api/v1/namespaces/${NS}/pods/stubborn-executor-0`;
    const { uid } = (await desk.server.request('GET', path)).body.metadata;
    pod.manners.stubborn = true;
    const before = await metric(operator, /^trading_operator_pods_deleted_total/);
    const killedAt = performance.now();
    await desk.patch(NS, 'stubborn', { spec: { killSwitch: true } });
    await until('the pod is replaced', async () => {
      const { status, body } = await desk.server.request('GET', path);
      return status === 404 || body.metadata.uid !== uid || body.metadata.deletionTimestamp;
    });
    expect(performance.now() - killedAt).toBeGreaterThanOrEqual(2_000);
    expect(await metric(operator, /^trading_operator_pods_deleted_total/)).toBe(before + 1);
    await pod.close();
    const events = `/api/v1/namespaces/${NS}/events?fieldSelector=involvedObject.name=stubborn`;
    const told = await until('an Event says so', async () => {
      const { body } = await desk.server.request('GET', events);
      return (body.items as { reason: string }[]).find(({ reason }) => reason === 'Ungated');
    });
    expect(told).toBeDefined();
  });
});
