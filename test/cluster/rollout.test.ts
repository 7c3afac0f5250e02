import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { climbed, closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { apply, get, kubectl, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { restingBid, simulator } from '../system/simulator.ts';

const DESK = 'rollout-desk';
const NAME = 'r1';
const TARGET = `tradingexecutor/${NAME}`;

beforeAll(async () => {
  await simulator.reset();
  await openDesk(DESK, `${NAME}-key`);
  await apply(executorManifest({ namespace: DESK, name: NAME }));
  await climbed(DESK, NAME, 'trickle');
});
afterAll(() => closeDesk(DESK));

const patch = (spec: object) =>
  kubectl('patch', TARGET, '-n', DESK, '--type=merge', '-p', JSON.stringify({ spec }));

describe('a new version on a real cluster', () => {
  it('that cannot be pulled is put back to the last good one, which trades again', async () => {
    await waitFor(DESK, TARGET, 'jsonpath={.status.rollout.lastGood.version}=v1.2-ramp', 60);
    await patch({ image: 'localhost/no-such-executor:v9', rollout: { progressDeadline: '30s' } });
    await waitFor(
      DESK,
      TARGET,
      'jsonpath={.status.conditions[?(@.type=="Progressing")].reason}=LastGoodPutBack',
      90,
    );
    await waitFor(
      DESK,
      TARGET,
      'jsonpath={.status.conditions[?(@.type=="Ready")].reason}=RunningLastGood',
      120,
    );
    const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
    expect(status?.rollout?.failed?.image).toBe('localhost/no-such-executor:v9');
    await waitFor(DESK, TARGET, 'jsonpath={.status.rollout.gapSeconds}', 90);
    const token = await callerToken(DESK, 'strategy');
    const client = new ExecutorClient({ namespace: DESK, name: NAME }, token);
    await expect
      .poll(async () => (await client.place(await restingBid('BTCTRY'))).status, {
        timeout: 60_000,
      })
      .toBe(201);
    await client.close();
  });
});
