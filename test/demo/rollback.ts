import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { controlUntil } from '../system/kill.ts';
import { apply, get, kubectl, waitFor } from '../system/kubectl.ts';
import type { ExecutorClient } from '../system/place.ts';
import { activeAlert } from '../system/prometheus.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import { trade } from '../system/traffic.ts';
import { downloadPack } from './evidence.ts';
import { act, fact, ms, say, shell } from './narrate.ts';
import { btcturk, DESK } from './story.ts';

const SLOW_MS = 1_600;
const PERSIST_FOR_MS = 20_000;
const target = 'tradingexecutor/btcturk';

/** Acts 5 and 6: a slow venue, the rollback by itself, the sync that cannot undo it. */
export async function rollBack(client: ExecutorClient): Promise<void> {
  await slowDown(client);
  await resync(client);
  await convince();
  await acknowledge(client);
}

async function slowDown(client: ExecutorClient): Promise<void> {
  act(5, `The venue slows down to ${SLOW_MS} ms; Alertmanager drives the rollback`);
  say('spec.rollback.persistFor is 20s here so that nobody waits; in production it is 10m.');
  await simulator.fault({ route: 'order.submit', kind: 'delay', ms: SLOW_MS });
  const slowedAt = Date.now();
  const latched = waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=true', 300);
  await trade(client, latched, ({ status, tookMs }) => {
    say(`POST /place → ${status} after ${ms(tookMs)}`);
  });
  await waitFor(DESK, target, 'jsonpath={.spec.killSwitch}=true', 10);
  const alert = await activeAlert('PlaceAckLatencyRollback', 'btcturk');
  const { status, spec } = await get<TradingExecutor>(DESK, 'tradingexecutor', 'btcturk');
  const activeAt = Date.parse(alert?.activeAt ?? '');
  const since = Date.parse(status?.rollback?.since ?? '');
  fact('Slow venue → alert active (activeAt)', ms(activeAt - slowedAt));
  fact('activeAt + persistFor → latch written', ms(since - activeAt - PERSIST_FOR_MS));
  fact('spec, patched once', `mode ${spec.mode}, killSwitch ${spec.killSwitch}`);
  await waitFor(DESK, target, 'condition=KillSwitchConfirmed', 30);
  shell('kubectl get tex,tin -n desk', await kubectl('get', 'tex,tin', '-n', DESK));
  const events = ['get', 'events', '-n', DESK, '--field-selector=involvedObject.name=btcturk'];
  shell(`kubectl ${events.join(' ')}`, await kubectl(...events));
  await simulator.clearFaults();
}

async function resync(client: ExecutorClient): Promise<void> {
  act(6, 'A GitOps sync re-applies the old manifest: accepted, and still gated');
  const before = (await simulator.orders()).length;
  shell('kubectl apply -f test/demo/btcturk.yaml', await apply(btcturk));
  const { status, body } = await client.place(await restingBid('BTCTRY'));
  say(`POST /place → ${status} ${JSON.stringify(body)}`);
  const after = (await simulator.orders()).length;
  fact("Orders in the venue's ledger, before and after", `${before}, ${after}`);
  if (status !== 403 || after !== before) throw new Error('the latch did not hold against a sync');
}

async function convince(): Promise<void> {
  await waitFor(DESK, target, 'jsonpath={.status.rollback.evidence}', 120);
  const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', 'btcturk');
  const pack = await downloadPack(status?.rollback?.evidence ?? '', DESK);
  say(`The evidence pack, copied to ${pack.folder}:`);
  for (const file of pack.files) say(`  ${String(file.bytes).padStart(8)}  ${file.name}`);
}

async function acknowledge(client: ExecutorClient): Promise<void> {
  act(7, 'A person acknowledges; only that releases the latch');
  const { status } = await get<TradingExecutor>(DESK, 'tradingexecutor', 'btcturk');
  const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'];
  const notes = [
    `spark.trading/acknowledge-rollback=${status?.rollback?.incident}`,
    `spark.trading/acknowledged-by=${(await kubectl(...whoami)).trim()}`,
  ];
  const args = ['annotate', target, '-n', DESK, ...notes];
  shell(`kubectl ${args.join(' ')}`, await kubectl(...args));
  await waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=false', 30);
  await controlUntil(client, ({ gate }) => gate === 'open');
  const { status: answered } = await client.place(await restingBid('BTCTRY'));
  say(`POST /place → ${answered}`);
  shell('kubectl get tex,tin -n desk', await kubectl('get', 'tex,tin', '-n', DESK));
  say(
    'It is back at the foot of the ladder: at most one rung above paper, until the alert has ended',
  );
  say('(it looks five minutes back) and enough orders were fast.');
}
