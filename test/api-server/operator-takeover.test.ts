import { describe, expect, it } from 'vitest';
import { until } from '../operator/support/desk.ts';
import {
  all,
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

describe('a second operator', () => {
  it('takes over when the first one ends, and writes nothing that is already so', async () => {
    await desk.declare(NS, 'earlier');
    await settles('earlier', 'Ready', 'False', 'Starting');
    const second = await desk.operator('second');
    expect(await metric(second, /^leader_election_master_status/)).toBe(0);
    await operator.stop();
    await until('the second leads', async () =>
      metric(second, /^leader_election_master_status/).then((value) => value === 1),
    );
    await until('it has looked at everything', async () => {
      const runs = await metric(second, /^controller_runtime_reconcile_total/);
      return runs >= (await all()).length;
    });
    expect(await metric(second, WRITES)).toBe(0);
    await desk.declare(NS, 'later');
    await exists(set('later'));
  });
});
