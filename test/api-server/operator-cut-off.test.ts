import { readFileSync } from 'node:fs';
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

openOperatorDesk();

const leads = async (one: Operator): Promise<boolean> =>
  (await metric(one, /^leader_election_master_status/)) === 1;

describe('two operators, of which the leader is cut off', () => {
  it('are never two leaders, and the one cut off writes nothing after its deadline', async () => {
    await operator.stop();
    const network = await startNetwork(desk.server.origin);
    const kubeconfig = readFileSync(desk.server.kubeconfigPath, 'utf8');
    const through = kubeconfig.replaceAll(desk.server.origin, network.through(desk.server.origin));
    const first = await desk.operator('cut off', [], kubeconfigConnection(through));
    const second = await desk.operator('second');
    await desk.declare(NS, 'before');
    await settles('before', 'Ready', 'False', 'Starting');
    expect([await leads(first), await leads(second)]).toEqual([true, false]);

    network.freeze(); // half-open: nothing ends, nothing arrives
    await desk.declare(NS, 'meanwhile');
    expect(await first.ended).toMatch(/was not renewed for 10000 ms|not held/);
    const writes = await metric(first, WRITES);
    network.mend(); // in a process that lives on, contrary to its main.ts

    await until('the second leads', async () => {
      expect(await leads(first)).toBe(false);
      return leads(second);
    });
    await exists(set('meanwhile'));
    expect(await metric(first, WRITES)).toBe(writes);
    await first.stop();
    await network.close();
  });
});
