import { climbed, closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { apply, kubectl, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import type { Day, DayLog } from './day.ts';
import { metricsOf, quantile, sample } from './metrics.ts';

const [DESK, NAME] = ['gameday-429', 'g3'];
const BURST = 20;
const BURSTS = 6;
const BETWEEN_MS = 6_000;
const ROUND_TRIP_MS = 150;
/** Another program on the address takes the rest of the venue's ten. */
const LEFT_FOR_US = 7;
const TOLD_429 = ['spark_http_requests_total', 'method="POST"', 'status="429"'] as const;
const ACK = 'spark_place_ack_duration_seconds';

export const pressure: Day = {
  number: 3,
  title: '429 pressure',
  hypothesis: `With ${BURST} orders at once, ${ROUND_TRIP_MS} ms to the venue and ${LEFT_FOR_US} of its 10 orders a second left for us, four at a time meet 429; one at a time meets none, and the venue's own time does not grow.`,
  async play(log) {
    await openDesk(DESK, `${NAME}-key`);
    try {
      // Its orders are slow on purpose: the rollback that follows ten seconds of that is day 5's.
      const terms = { namespace: DESK, name: NAME, mode: 'live', persistFor: '1h' } as const;
      await apply(executorManifest(terms));
      await climbed(DESK, NAME, 'live');
      const key = { namespace: DESK, name: NAME };
      const client = new ExecutorClient(key, await callerToken(DESK, 'strategy'));
      const quota = { limit: LEFT_FOR_US, periodMs: 1_000, blockMs: 1_000 };
      await simulator.settings({ limits: { 'order.submit': [quota] } });
      await simulator.fault({ route: 'order.submit', kind: 'delay', ms: ROUND_TRIP_MS });
      const four = await bursts(client, log, 4);
      const one = await bursts(client, log, 1);
      log.found('429 from the venue, four at a time', 'some', four.told, four.told > 0);
      const all = BURST * BURSTS;
      log.found('acknowledged, one at a time', 'all', one.acked, one.acked === all);
      log.found('429 from the venue, one at a time', 'none', one.told, one.told === 0);
      const p95 = `${four.p95} s, then ${one.p95} s`;
      log.found(
        'P95 of acknowledged orders, queue included',
        'in one bucket or better',
        p95,
        one.p95 <= four.p95 || one.p95 <= 5,
      );
      await client.close();
    } finally {
      await simulator.clearFaults();
      await simulator.reset();
      await closeDesk(DESK);
    }
  },
};

async function bursts(client: ExecutorClient, log: DayLog, maxConcurrency: number) {
  const limits = { maxConcurrency, maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000 };
  const patch = JSON.stringify({ spec: { limits } });
  await kubectl('patch', `tex/${NAME}`, '-n', DESK, '--type=merge', '-p', patch);
  await waitFor(DESK, `tradingexecutor/${NAME}`, 'condition=Ready', 60);
  log.step(`maxConcurrency ${maxConcurrency}: ${BURSTS} bursts of ${BURST} orders`);
  await client.call('GET', '/control'); // one connection for what follows at once
  const before = await metricsOf(DESK, NAME);
  const order = await restingBid('BTCTRY');
  let acked = 0;
  for (let n = 0; n < BURSTS; n += 1) {
    const placed = await Promise.all(Array.from({ length: BURST }, () => client.place(order)));
    acked += placed.filter(({ status }) => status === 201).length;
    await client.call('POST', '/orders/cancel-all');
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  const after = await metricsOf(DESK, NAME);
  log.keep(`metrics-${maxConcurrency}.prom`, after);
  const told = sample(after, ...TOLD_429) - sample(before, ...TOLD_429);
  log.step(`${acked} of ${BURST * BURSTS} acknowledged`);
  return { told, acked, p95: quantile(before, after, ACK, 0.95) };
}
