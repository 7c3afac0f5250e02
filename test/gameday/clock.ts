import { climbed, closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { apply, kubectl } from '../system/kubectl.ts';
import { callerToken, ExecutorClient, type Placed } from '../system/place.ts';
import { activeAlert, scraped } from '../system/prometheus.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import { until } from '../system/until.ts';
import { type Day, type DayLog, PATIENT } from './day.ts';
import { metricsOf, sample } from './metrics.ts';

const [DESK, NAME] = ['gameday-clock', 'g2'];
const NONCE = ['spark_exchange_errors_total', 'code="INVALID_NONCE"'] as const;
const code = ({ status, body }: Placed): string => String(body.error?.code ?? status);

export const clock: Day = {
  number: 2,
  title: 'The clock, three seconds off',
  hypothesis:
    'A: 3 s from the venue, the executor refuses by itself (CLOCK_DRIFT) and the venue sees nothing. B: the guard widened and a venue that takes no stamp 2 s away, stamps are refused, NonceErrorRateHigh fires, and trading goes on once the clock is right.',
  async play(log) {
    await openDesk(DESK, `${NAME}-key`);
    try {
      await apply(executorManifest({ namespace: DESK, name: NAME }));
      await climbed(DESK, NAME, 'trickle');
      await scraped(DESK, NAME);
      const key = { namespace: DESK, name: NAME };
      const client = new ExecutorClient(key, await callerToken(DESK, 'strategy'));
      await guarded(client, log);
      await unguarded(client, log);
      log.keep('metrics.prom', await metricsOf(DESK, NAME));
      await client.close();
    } finally {
      await simulator.clock({ skewMs: 0, windowMs: 5_000 });
      await closeDesk(DESK);
    }
  },
};

async function guarded(client: ExecutorClient, log: DayLog): Promise<void> {
  log.step('A: the venue runs 3 s ahead of us; spec.clock.maxDriftMs is 2000');
  await simulator.clock({ skewMs: 3_000 });
  const refused = await until('the guard sees it', PATIENT, async () => {
    const answer = await client.place(await restingBid('BTCTRY'));
    return answer.status === 201 ? undefined : answer;
  });
  log.found('POST /place', 'CLOCK_DRIFT', code(refused), code(refused) === 'CLOCK_DRIFT');
  const nonce = sample(await metricsOf(DESK, NAME), ...NONCE);
  log.found('INVALID_NONCE from the venue', '0', nonce, nonce === 0);
  await simulator.clock({ skewMs: 0 });
  await trades(client, log);
}

async function unguarded(client: ExecutorClient, log: DayLog): Promise<void> {
  log.step('B: spec.clock.maxDriftMs 10000; the venue takes no stamp more than 2 s away');
  const patch = JSON.stringify({ spec: { clock: { maxDriftMs: 10_000 } } });
  await kubectl('patch', `tex/${NAME}`, '-n', DESK, '--type=merge', '-p', patch);
  await simulator.clock({ skewMs: 3_000, windowMs: 2_000 });
  const refused = await until('a stamp is refused', PATIENT, async () => {
    const answer = await client.place(await restingBid('BTCTRY'));
    return answer.body.error?.details?.order === undefined && answer.status !== 422
      ? undefined
      : answer;
  });
  log.found(
    'POST /place',
    '422 VENUE_REJECTED',
    `${refused.status} ${code(refused)}`,
    refused.status === 422,
  );
  const alert = await until('NonceErrorRateHigh is active', PATIENT, async () => {
    await client.place(await restingBid('BTCTRY'));
    return activeAlert('NonceErrorRateHigh', NAME);
  });
  log.found('NonceErrorRateHigh', 'firing', alert.state, alert.state === 'firing');
  const banned = sample(await metricsOf(DESK, NAME), ...NONCE);
  log.found('INVALID_NONCE until it stopped itself', 'under 50, a ban', banned, banned < 50);
  log.step('the clock is set right');
  await simulator.clock({ skewMs: 0, windowMs: 5_000 });
  await trades(client, log);
}

async function trades(client: ExecutorClient, log: DayLog): Promise<void> {
  const answer = await until('it trades again', PATIENT, async () => {
    const placed = await client.place(await restingBid('BTCTRY'));
    return placed.status === 201 ? placed : undefined;
  });
  log.found('POST /place with the clock right', '201', answer.status, true);
}
