import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { downloadPack } from '../demo/evidence.ts';
import { climbed, closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { apply, get, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { activeAlert, scraped } from '../system/prometheus.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import { trade } from '../system/traffic.ts';
import type { Day, DayLog } from './day.ts';

const [DESK, NAME] = ['gameday-rollback', 'g5'];
const TARGET = `tradingexecutor/${NAME}`;
const PERSIST_FOR = '10m';
const PERSIST_FOR_MS = 600_000;
const SLOW_MS = 1_600;
/** Beyond one evaluation of the rules, which is a second here. */
const LATE_MS_MAX = 3_000;
const WITHIN_SECONDS = 1_200;

export const rollback: Day = {
  number: 5,
  title: 'The rollback, at the real ten minutes',
  hypothesis:
    'Orders that take 1.6 s put the executor on paper and kill it ten minutes after the alert became active, by themselves; a sync of the old manifest is accepted and changes nothing.',
  async play(log) {
    await openDesk(DESK, `${NAME}-key`);
    const manifest = executorManifest({ namespace: DESK, name: NAME, persistFor: PERSIST_FOR });
    try {
      await apply(manifest);
      await climbed(DESK, NAME, 'trickle');
      await scraped(DESK, NAME);
      const key = { namespace: DESK, name: NAME };
      const client = new ExecutorClient(key, await callerToken(DESK, 'strategy'));
      await slow(client, log);
      await resynced(client, manifest, log);
      await packed(log);
      await client.close();
    } finally {
      await simulator.clearFaults();
      await closeDesk(DESK);
    }
  },
};

async function slow(client: ExecutorClient, log: DayLog): Promise<void> {
  log.step(`the venue takes ${SLOW_MS} ms for an order from now on; an order every 2 s goes on`);
  await simulator.fault({ route: 'order.submit', kind: 'delay', ms: SLOW_MS });
  const slowedAt = Date.now();
  const latched = waitFor(DESK, TARGET, 'jsonpath={.status.rollback.latched}=true', WITHIN_SECONDS);
  await trade(client, latched);
  const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
  const alert = await activeAlert('PlaceAckLatencyRollback', NAME);
  const activeAt = Date.parse(alert?.activeAt ?? '');
  const lateMs = Date.parse(status?.rollback?.since ?? '') - activeAt - PERSIST_FOR_MS;
  log.step(`slow → alert active: ${((activeAt - slowedAt) / 1_000).toFixed(1)} s`);
  log.found(
    'latch against activeAt + 10 min',
    'within 3 s',
    `${lateMs} ms`,
    Math.abs(lateMs) < LATE_MS_MAX,
  );
  await waitFor(DESK, TARGET, 'condition=KillSwitchConfirmed', 60);
  const { spec } = await get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
  const told = `${spec.mode}, killSwitch ${spec.killSwitch}`;
  log.found('spec', 'paper, killSwitch true', told, told === 'paper, killSwitch true');
}

async function resynced(client: ExecutorClient, manifest: string, log: DayLog): Promise<void> {
  log.step('kubectl apply of the manifest as it was declared');
  const before = (await simulator.orders()).length;
  await apply(manifest);
  const { status } = await client.place(await restingBid('BTCTRY'));
  const after = (await simulator.orders()).length;
  log.found('POST /place after the sync', '403', status, status === 403);
  log.found(
    'orders in the ledger, before and after',
    'equal',
    `${before}, ${after}`,
    before === after,
  );
}

async function packed(log: DayLog): Promise<void> {
  await waitFor(DESK, TARGET, 'jsonpath={.status.rollback.evidence}', 180);
  const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
  const pack = await downloadPack(status?.rollback?.evidence ?? '', DESK);
  const names = pack.files.map(({ name }) => name);
  log.keep('incident-pack.txt', `${pack.folder}\n${names.join('\n')}\n`);
  log.found(
    'evidence pack',
    'manifest.json and README.md in it',
    `${names.length} files in ${pack.folder}`,
    names.includes('manifest.json') && names.includes('README.md'),
  );
}
