import { describe, it } from 'vitest';
import { desk, NS, openOperatorDesk, settles } from './operator-desk.ts';

openOperatorDesk(); // no pods: all stay on paper's next rung, trickle, with 30 orders a minute each

describe('executors that may together send more than their venue takes', () => {
  it('are told so, each of them, and told otherwise as soon as one is killed', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `sender-${index}`);
    const spec = (name: string) => ({
      ...{ mode: 'trickle', venue: { name: 'btcturk', credentialsSecretRef: { name } } },
    });
    await Promise.all(names.map((name) => desk.declare(NS, name, spec(name))));
    const all = (status: 'True' | 'False', reason: string) =>
      Promise.all(names.map((name) => settles(name, 'VenueBudgetExceeded', status, reason)));
    await all('True', 'OrdersAboveQuota');
    await desk.patch(NS, 'sender-0', { spec: { killSwitch: true } });
    await all('False', 'WithinQuota');
  }, 60_000);
});
