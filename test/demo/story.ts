import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { climbed, openDesk } from '../system/desk.ts';
import { controlUntil, patchKillSwitch } from '../system/kill.ts';
import { apply, kubectl, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { scraped } from '../system/prometheus.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import { act, fact, ms, quantiles, say, shell } from './narrate.ts';
import { rollBack } from './rollback.ts';

export const DESK = 'desk';
const manifest = (name: string): string =>
  readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8');
export const btcturk = manifest('btcturk');
const bist = manifest('bist');
const PLACED = 12;
const PACE_MS = 400; // 100 TRY each: well under 500 TRY/s

/** Acts 2 to 6, on a cluster where the monitoring stack and our chart are up. */
export async function tell(): Promise<void> {
  await simulator.reset();
  await applied();
  const client = new ExecutorClient(
    { namespace: DESK, name: 'btcturk' },
    await callerToken(DESK, 'strategy'),
  );
  await placed(client);
  await killed(client);
  await rollBack(client);
  await client.close();
}

async function applied(): Promise<void> {
  act(2, 'Two TradingExecutors: BTCTurk in trickle, BIST in paper');
  await openDesk(DESK, 'btcturk-key');
  shell('kubectl apply -f test/demo/btcturk.yaml', await apply(btcturk));
  shell('kubectl apply -f test/demo/bist.yaml', await apply(bist));
  say('The ladder: an executor starts on paper and climbs one rung at a time.');
  await waitFor(DESK, 'tradingexecutor/bist', 'jsonpath={.status.ladder.reached}=paper', 60);
  for (const rung of ['paper', 'trickle']) {
    const reached = `jsonpath={.status.ladder.reached}=${rung}`;
    await waitFor(DESK, 'tradingexecutor/btcturk', reached, 240);
    shell('kubectl get tex -n desk', await kubectl('get', 'tex', '-n', DESK));
  }
  await climbed(DESK, 'bist', 'paper');
  await placedOnBist();
  await scraped(DESK, 'btcturk');
  say('Prometheus scrapes them.');
}

/** Trades at any hour that the exchange does; at any other its guard says when it will. */
async function placedOnBist(): Promise<void> {
  const token = await callerToken(DESK, 'strategy');
  const client = new ExecutorClient({ namespace: DESK, name: 'bist' }, token);
  const order = { symbol: 'GARAN.E', side: 'buy', type: 'limit', quantity: '1', price: '120.5' };
  const { status, body } = await client.place(order);
  say(`POST /place to BIST, on paper → ${status} ${JSON.stringify(body)}`);
  const isRefused = ['OUT_OF_SESSION', 'NO_CLOSING_PRICE'].includes(body.error?.code);
  if (status !== 201 && !isRefused) throw new Error(`BIST answered ${status}`);
  if (isRefused) say('The exchange is closed at this hour; BTCTurk never is.');
  await client.close();
}

async function placed(client: ExecutorClient): Promise<void> {
  act(3, `${PLACED} orders through POST /place, resting below the market`);
  const took: number[] = [];
  for (let count = 0; count < PLACED; count += 1) {
    const { status, body, tookMs } = await client.place(await restingBid('BTCTRY'));
    if (status !== 201) throw new Error(`/place answered ${status}: ${JSON.stringify(body)}`);
    took.push(tookMs);
    if (count === 0) say(`POST /place → ${status} ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  const { p50, p95, max } = quantiles(took);
  fact('Place→ACK, as the strategy sees it', `p50 ${ms(p50)}  p95 ${ms(p95)}  max ${ms(max)}`);
  fact("Orders in the venue's own ledger", String((await simulator.orders()).length));
  const { feed } = await controlUntil(client, (report) => report.feed?.startsWith('open') === true);
  fact('Market data, recorded beside it', feed ?? '');
}

async function killed(client: ExecutorClient): Promise<void> {
  act(4, 'The kill switch');
  const patch = await patchKillSwitch(DESK, 'btcturk', true);
  const kill = `'{"spec":{"killSwitch":true}}'`;
  shell(`kubectl patch tex btcturk -n desk --type=merge -p ${kill}`, 'patched');
  const refused = await client.place(await restingBid('BTCTRY'));
  say(`POST /place → ${refused.status} ${JSON.stringify(refused.body)}`);
  if (refused.status !== 403) throw new Error('the kill did not close the gate');
  const { gatedAt, flatAt } = await controlUntil(client, (report) => report.flatAt !== null);
  // accepted somewhere between sent and answered: counting from `sent` flatters nobody
  const since = (instant: string | null): number => Date.parse(instant ?? '') - patch.sentAt;
  const answered = `the API server answered kubectl after ${ms(patch.answeredAt - patch.sentAt)}`;
  fact('Kill sent to the API server → gate shut', `${ms(since(gatedAt))} (${answered})`);
  const cancelled = `${PLACED} orders cancelled, at most 10/s`;
  fact('Kill sent to the API server → flat', `${ms(since(flatAt))} (${cancelled})`);
  fact("Open orders in the venue's ledger", String((await simulator.openOrders()).length));
  await waitFor(DESK, 'tradingexecutor/btcturk', 'condition=KillSwitchConfirmed', 30);
  const confirmed = 'kubectl wait tex/btcturk -n desk --for=condition=KillSwitchConfirmed';
  shell(confirmed, 'tradingexecutor.spark.trading/btcturk condition met');
  await patchKillSwitch(DESK, 'btcturk', false);
  await controlUntil(client, ({ gate }) => gate === 'open');
  say('killSwitch is false again; the gate is open.');
}
