import { climbed, closeDesk, executorManifest, openDesk } from '../system/desk.ts';
import { controlUntil, patchKillSwitch } from '../system/kill.ts';
import { apply, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import type { Day } from './day.ts';
import { metricsOf, sample } from './metrics.ts';

const [DESK, NAME] = ['gameday-kill', 'g1'];
const TRIES = 20;
const COUNTS = ['spark_place_ack_duration_seconds_count', 'spark_orders_total'] as const;

export const kill: Day = {
  number: 1,
  title: 'The kill switch',
  hypothesis:
    'With spec.killSwitch true each POST /place answers 403, the order metrics do not move, and nothing reaches the venue.',
  async play(log) {
    await openDesk(DESK, `${NAME}-key`);
    const key = { namespace: DESK, name: NAME };
    try {
      await apply(executorManifest(key));
      await climbed(DESK, NAME, 'trickle');
      const client = new ExecutorClient(key, await callerToken(DESK, 'strategy'));
      const { status } = await client.place(await restingBid('BTCTRY'));
      log.found('an order before the kill', '201', status, status === 201);
      log.step('kubectl patch: spec.killSwitch true');
      await patchKillSwitch(DESK, NAME, true);
      await waitFor(DESK, `tradingexecutor/${NAME}`, 'condition=KillSwitchConfirmed', 60);
      const { gatedAt, flatAt } = await controlUntil(client, (report) => report.flatAt !== null);
      log.step(`gated ${gatedAt}, flat ${flatAt}`);
      const before = await metricsOf(DESK, NAME);
      const sent = await simulator.requests('order.submit');
      const answers = new Set<number>();
      for (let n = 0; n < TRIES; n += 1) {
        answers.add((await client.place(await restingBid('BTCTRY'))).status);
      }
      const after = await metricsOf(DESK, NAME);
      const told = [...answers].join(', ');
      log.found(`${TRIES} × POST /place`, '403', told, answers.size === 1 && answers.has(403));
      for (const name of COUNTS) {
        const moved = sample(after, name) - sample(before, name);
        log.found(`${name} has moved by`, '0', moved, moved === 0);
      }
      const reached = (await simulator.requests('order.submit')) - sent;
      log.found('requests that reached the venue', '0', reached, reached === 0);
      log.keep('metrics-before.prom', before);
      log.keep('metrics-after.prom', after);
      await client.close();
    } finally {
      await closeDesk(DESK);
    }
  },
};
