import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { climbed, closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { apply, helm, kubectl, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { restingBid, simulator } from '../system/simulator.ts';

const DESK = 'delete-desk';
const NAME = 'd1';

/** An executor that trades, with `count` orders resting at the venue. */
async function resting(count: number): Promise<void> {
  await apply(executorManifest({ namespace: DESK, name: NAME }));
  await climbed(DESK, NAME, 'trickle');
  const token = await callerToken(DESK, 'strategy');
  const client = new ExecutorClient({ namespace: DESK, name: NAME }, token);
  for (let placed = 0; placed < count; placed += 1) {
    expect(await client.place(await restingBid('BTCTRY'))).toMatchObject({ status: 201 });
  }
  await client.close();
  expect(await simulator.openOrders()).toHaveLength(count);
}

const exists = async (): Promise<boolean> =>
  (await kubectl('get', 'tex', NAME, '-n', DESK, '--ignore-not-found', '-o', 'name')) !== '';

beforeAll(async () => {
  await simulator.reset();
  await openDesk(DESK, `${NAME}-key`);
});
afterEach(() => simulator.clearFaults());
afterAll(() => closeDesk(DESK));

describe('an executor with orders at the venue', () => {
  it('is gone only after the venue has cancelled them all', async () => {
    await resting(3);
    // refused cancels: without the finalizer the object would be gone long before they are let through
    await simulator.fault({ route: 'order.cancel', kind: 'unavailable' });
    await kubectl('delete', 'tex', NAME, '-n', DESK, '--wait=false');
    await waitFor(DESK, `tex/${NAME}`, 'jsonpath={.status.effective.reason}=Deleting', 30);
    await simulator.requestsArrived('order.cancel', 1);
    expect(await exists()).toBe(true);
    expect(await kubectl('get', 'statefulset,role', '-n', DESK, '-o', 'name')).toContain(NAME);
    await simulator.clearFaults();
    await waitFor(DESK, `tex/${NAME}`, 'delete', 120);
    expect(await simulator.openOrders()).toEqual([]);
  });

  it('keeps the release from being uninstalled, and Helm shows why', async () => {
    await resting(1);
    const refused = await helm('uninstall', RELEASE, '-n', SYSTEM_NAMESPACE).catch(
      (error: Error & { stdout?: string; stderr?: string }) =>
        `${error.message}\n${error.stdout}\n${error.stderr}`,
    );
    expect(refused).toContain('no-executors failed');
    expect(refused).toContain(`kubectl delete tex --all -n ${DESK}`);
    const [, revision = ''] = /helm rollback \S+ (\d+)/.exec(refused) ?? [];
    await helm('rollback', RELEASE, revision, '-n', SYSTEM_NAMESPACE, '--wait');
    expect(await exists()).toBe(true);
  });

  it('has cancelled them when its namespace is gone', async () => {
    expect(await simulator.openOrders()).toHaveLength(1);
    await closeDesk(DESK);
    expect(await simulator.openOrders()).toEqual([]);
  });
});
