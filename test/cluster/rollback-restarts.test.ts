import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { closeDesk, tradingDesk } from '../system/desk.ts';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { get, kubectl, waitFor } from '../system/kubectl.ts';
import type { ExecutorClient } from '../system/place.ts';
import { activeAlert } from '../system/prometheus.ts';
import { simulator } from '../system/simulator.ts';
import { trade } from '../system/traffic.ts';
import { until } from '../system/until.ts';

const DESK = 'restart-desk';
const NAME = 'r60';
const PERSIST_FOR_MS = 60_000;
/** Late enough that all of them saw the alert, early enough that all are back before it is due. */
const RESTART_AFTER_MS = 8_000;
const EVALUATION_MS = 1_000;
const MOVED_MS_MAX = 5_000;
const OPERATORS = `app.kubernetes.io/name=${RELEASE}`;
const WATCHERS = 'app.kubernetes.io/name in (prometheus, alertmanager)';
const target = `tradingexecutor/${NAME}`;
let client: ExecutorClient;

beforeAll(async () => {
  client = await tradingDesk({ namespace: DESK, name: NAME, persistFor: '60s' });
});

afterAll(async () => {
  await simulator.clearFaults();
  await client?.close();
  await closeDesk(DESK);
});

describe('the clock of a rollback', () => {
  it('goes on while operator, Alertmanager and Prometheus are restarted under it', async () => {
    await simulator.fault({ route: 'order.submit', kind: 'delay', ms: 1_500 });
    const latched = waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=true', 300);
    const traded = trade(client, latched);
    traded.catch(() => undefined); // awaited below; a failure before that is told first
    const { activeAt } = await until('the alert is active', SOON, () =>
      activeAlert('PlaceAckLatencyRollback', NAME),
    );
    await waitFor(
      DESK,
      target,
      'jsonpath={.status.rollback.pending[*].alertname}=PlaceAckLatencyRollback',
      30,
    );
    await new Promise((resolve) => setTimeout(resolve, RESTART_AFTER_MS)); // its clock has run a while
    const before = await processes();
    await restarted(SYSTEM_NAMESPACE, OPERATORS);
    await restarted('monitoring', WATCHERS);
    await traded;
    expect((await processes()).filter((uid) => before.includes(uid))).toEqual([]); // all are new
    const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
    const ideal = Date.parse(activeAt) + PERSIST_FOR_MS;
    const late = Date.parse(status?.rollback?.since ?? '') - ideal;
    console.log(`latched ${late} ms after activeAt + persistFor, all restarted in between`);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(MOVED_MS_MAX + EVALUATION_MS);
    await waitFor(DESK, target, 'condition=KillSwitchConfirmed', 30);
  });
});

const SOON = { everyMs: 500, withinMs: 120_000 };

const restarted = (namespace: string, label: string): Promise<string> =>
  kubectl('delete', 'pods', '-n', namespace, '-l', label, '--wait=false');

/** The pods that hold or drive the clock, by uid. */
async function processes(): Promise<readonly string[]> {
  const uids = async (namespace: string, label: string) =>
    (
      await kubectl(
        ...['get', 'pods', '-n', namespace, '-l', label],
        ...['-o', 'jsonpath={.items[*].metadata.uid}'],
      )
    ).split(' ');
  const all = await Promise.all([uids(SYSTEM_NAMESPACE, OPERATORS), uids('monitoring', WATCHERS)]);
  return all.flat();
}
