import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { climbed, closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { controlUntil, patchKillSwitch } from '../system/kill.ts';
import { apply, get, kubectl, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { restingBid, simulator } from '../system/simulator.ts';

const DESK = 'kill-desk';
const NAME = 'k1';
let client: ExecutorClient;

beforeAll(async () => {
  await simulator.reset();
  await openDesk(DESK, `${NAME}-key`);
  await apply(executorManifest({ namespace: DESK, name: NAME, maxConcurrency: 1 }));
  await climbed(DESK, NAME, 'trickle');
  client = new ExecutorClient({ namespace: DESK, name: NAME }, await callerToken(DESK, 'strategy'));
});

afterEach(async () => {
  await simulator.clearFaults();
});

afterAll(async () => {
  await client.close();
  await closeDesk(DESK);
});

describe('an executor on a real cluster', () => {
  it('has climbed from paper to trickle and says what is in force', async () => {
    const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
    expect(status?.effective).toMatchObject({ mode: 'trickle', killSwitch: false });
    expect(status?.ladder?.reached).toBe('trickle');
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  });

  it('records the market data of its symbols', async () => {
    const { feed } = await controlUntil(client, (report) =>
      /^open: 2 of 2/.test(report.feed ?? ''),
    );
    expect(feed).toContain('books live');
  });

  it('places an order that the venue then holds exactly once', async () => {
    const before = await simulator.orders();
    const key = `once-${Date.now()}`;
    const placed = await client.place(await restingBid('BTCTRY'), key);
    expect(placed).toMatchObject({ status: 201 });
    const replayed = await client.place(await restingBid('BTCTRY'), key);
    expect([200, 201, 409]).toContain(replayed.status);
    expect(await simulator.orders()).toHaveLength(before.length + 1);
  });

  it('answers 403 once killed, the ledger stays still, and the kill is confirmed', async () => {
    const { answeredAt } = await patchKillSwitch(DESK, NAME, true);
    const report = await controlUntil(client, ({ gatedAt }) => gatedAt !== null);
    expect(Date.parse(report.gatedAt ?? '') - answeredAt).toBeLessThan(15_000); // lossGrace
    const still = (await simulator.orders()).map(({ clientId }) => clientId);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await client.place(await restingBid('BTCTRY'))).toMatchObject({
        status: 403,
        body: { error: { code: 'KILL_SWITCH_ACTIVE' } },
      });
    }
    expect((await simulator.orders()).map(({ clientId }) => clientId)).toEqual(still);
    await waitFor(DESK, `tradingexecutor/${NAME}`, 'condition=KillSwitchConfirmed', 30);
    const flat = await controlUntil(client, ({ flatAt }) => flatAt !== null);
    expect(flat.openOrders).toBe(0);
    expect(await simulator.openOrders()).toEqual([]);
    await patchKillSwitch(DESK, NAME, false);
    await controlUntil(client, ({ gate }) => gate === 'open');
  });

  it('never sends an order that was queued when the kill came', async () => {
    await simulator.fault({ route: 'order.submit', kind: 'delay', ms: 1_500, times: 1 });
    const before = await simulator.orders();
    const seen = await simulator.requests('order.submit');
    const order = await restingBid('BTCTRY');
    const first = client.place(order);
    await simulator.requestsArrived('order.submit', seen + 1);
    const queued = client.place(order); // one slot, and the first order holds it
    await controlUntil(client, (report) => report.queued + report.inFlight >= 2);
    await patchKillSwitch(DESK, NAME, true);
    expect(await first).toMatchObject({ status: 201 }); // left before the kill
    expect(await queued).toMatchObject({ status: 403 });
    await controlUntil(client, ({ flatAt }) => flatAt !== null);
    expect(await simulator.orders()).toHaveLength(before.length + 1);
    await patchKillSwitch(DESK, NAME, false);
    await controlUntil(client, ({ gate }) => gate === 'open');
  });

  it('is killed by its own watch while the operator is dead', async () => {
    const operator = `deployment/${RELEASE}`;
    await kubectl('scale', operator, '-n', SYSTEM_NAMESPACE, '--replicas=0');
    try {
      const pods = ['pods', '-l', `app.kubernetes.io/name=${RELEASE}`, '-n', SYSTEM_NAMESPACE];
      await kubectl('wait', ...pods, '--for=delete', '--timeout=60s');
      await patchKillSwitch(DESK, NAME, true);
      await controlUntil(client, ({ gatedAt }) => gatedAt !== null, 15_000);
      expect(await client.place(await restingBid('BTCTRY'))).toMatchObject({ status: 403 });
      await patchKillSwitch(DESK, NAME, false);
      await controlUntil(client, ({ gate }) => gate === 'open');
    } finally {
      await kubectl('scale', operator, '-n', SYSTEM_NAMESPACE, '--replicas=2');
      await waitFor(SYSTEM_NAMESPACE, operator, 'condition=Available', 60);
    }
  });
});
