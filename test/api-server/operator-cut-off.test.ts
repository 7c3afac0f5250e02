import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { kubeconfigConnection } from '../../crds/kube/connection.ts';
import type { Operator } from '../../operator/operator.ts';
import { until } from '../operator/support/desk.ts';
import { startNetwork } from '../store/network.ts';
import {
  desk,
  exists,
  metric,
  NS,
  openOperatorDesk,
  operator,
  set,
  settles,
  WRITES,
} from './operator-desk.ts';

/** The lease is given up after 10 s without a renewal. */
const STALL_MS = 5_000;

openOperatorDesk();

const leads = async (one: Operator): Promise<boolean> =>
  (await metric(one, /^leader_election_master_status/)) === 1;

/** Whether this operator has heard of the executor. */
const knows = async (one: Operator, name: string): Promise<boolean> =>
  (await metric(one, new RegExp(`^trading_operator_executor_expected.*"${name}"`))) === 1;

/** An operator that leads, behind a network that fails; the object `before-NAME` is as it should be. */
async function leading(name: string) {
  const network = await startNetwork(desk.server.origin);
  const kubeconfig = readFileSync(desk.server.kubeconfigPath, 'utf8');
  const through = kubeconfig.replaceAll(desk.server.origin, network.through(desk.server.origin));
  const first = await desk.operator(`first-${name}`, [], kubeconfigConnection(through));
  await desk.declare(NS, `before-${name}`);
  await settles(`before-${name}`, 'Ready', 'False', 'Starting');
  expect(await leads(first)).toBe(true);
  return { network, first };
}

describe('a leader that is cut off', () => {
  it('is over after 10 s of silence, before the second one leads', async () => {
    await operator.stop();
    const { network, first } = await leading('frozen');
    const second = await desk.operator('second-frozen');
    network.freeze(); // half-open: nothing ends, nothing arrives
    await desk.declare(NS, 'frozen');
    expect(await first.ended).toContain('was not renewed for 10000 ms');
    expect(await leads(second)).toBe(false);
    const writes = await metric(first, WRITES);
    network.mend(); // in a process that lives on, contrary to its main.ts
    await until('the second leads', async () => {
      expect(await leads(first)).toBe(false);
      return leads(second);
    });
    await exists(set('frozen'));
    expect(await metric(first, WRITES)).toBe(writes);
    await Promise.all([first.stop(), second.stop()]);
    await network.close();
  });

  it('writes nothing after its deadline, although it hears what is to be done', async () => {
    const { network, first } = await leading('broken');
    network.cut();
    await desk.declare(NS, 'broken');
    expect(await first.ended).toContain('was not renewed for 10000 ms');
    const writes = await metric(first, WRITES);
    network.mend();
    await until('it hears of the executor', () => knows(first, 'broken'));
    const second = await desk.operator('second-broken');
    await exists(set('broken'));
    expect(await leads(second)).toBe(true);
    expect(await metric(first, WRITES)).toBe(writes);
    await Promise.all([first.stop(), second.stop()]);
    await network.close();
  });
});

describe('a leader whose etcd stalls', () => {
  it('for less than its lease goes on where it was, the leader still', async () => {
    const { network, first } = await leading('stalled');
    desk.server.pauseStore();
    const declared = desk.declare(NS, 'stalled');
    await sleep(STALL_MS);
    desk.server.resumeStore();
    await declared;
    await exists(set('stalled'));
    await settles('stalled', 'Ready', 'False', 'Starting');
    expect(await leads(first)).toBe(true);
    await first.stop();
    await network.close();
  });
});
