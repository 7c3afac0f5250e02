import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Alone } from '../executor/start-alone.ts';
import { closeDesk, openDesk } from '../system/desk.ts';
import { apply, waitFor } from '../system/kubectl.ts';
import { callerToken, ExecutorClient } from '../system/place.ts';
import { until } from '../system/until.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { type Day, type DayLog, PATIENT } from './day.ts';

const [DESK, NAME] = ['gameday-bist', 'g4'];
const GARAN = { symbol: 'GARAN.E', side: 'buy', type: 'limit', quantity: '1', price: '120.5' };
/** Above the built-in calendar's, whose versions are dates: an older issue is refused. */
const NEWEST = 2_099_010_101;
const TRIPLETS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const LIBFAKETIME = `/usr/lib/${TRIPLETS[process.arch] ?? process.arch}-linux-gnu/faketime/libfaketime.so.1`;

export const session: Day = {
  number: 4,
  title: 'BIST outside its session',
  hypothesis:
    'A day that a mounted calendar closes, and 19:00 in Istanbul, get 403 OUT_OF_SESSION from the guard; BTCTurk at 19:00 does not.',
  async play(log) {
    await closedByCalendar(log);
    await atSeven(log);
  },
};

async function closedByCalendar(log: DayLog): Promise<void> {
  const today = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 10); // Istanbul
  await openDesk(DESK, `${NAME}-key`);
  try {
    const years = { [today.slice(0, 4)]: { closed: [today], half: [] } };
    const calendar = JSON.stringify({ version: NEWEST, source: 'game day 4', years });
    log.step(`a ConfigMap with a calendar that closes ${today} is mounted`);
    await apply(manifest(calendar));
    await waitFor(DESK, `tradingexecutor/${NAME}`, 'condition=Ready', 180);
    const token = await callerToken(DESK, 'strategy');
    const client = new ExecutorClient({ namespace: DESK, name: NAME }, token);
    const { body: inForce } = await client.call('GET', '/calendar');
    log.keep('calendar.json', JSON.stringify(inForce, undefined, 2));
    const { status, body } = await client.place(GARAN);
    const told = `${status} ${body.error?.code}`;
    log.found('POST /place on that day', '403 OUT_OF_SESSION', told, told === '403 OUT_OF_SESSION');
    log.keep('refused-by-calendar.json', JSON.stringify(body, undefined, 2));
    await client.close();
  } finally {
    await closeDesk(DESK);
  }
}

/** Time is given to a process from outside, by libfaketime: nothing that ships can set its clock. */
async function atSeven(log: DayLog): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'gameday-'));
  const venue = await startBtcturk();
  const clock = {
    LD_PRELOAD: LIBFAKETIME,
    FAKETIME: '@2026-11-25 16:00:00', // 19:00 in Istanbul, a Wednesday
    TZ: 'UTC',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const open: Alone[] = [];
  const start = async (env: Readonly<Record<string, string>>) => {
    const folder = join(data, env.VENUE ?? '');
    mkdirSync(folder);
    const alone = new Alone(folder, { ...env, ...clock });
    open.push(alone);
    return alone.ready();
  };
  try {
    log.step('two executors of their own, on paper, at 19:00 in Istanbul (libfaketime)');
    const bist = await start({ VENUE: 'bist', WHITELIST: 'GARAN.E' });
    await bist.untilGate('open');
    const refused = await bist.place('at-seven', GARAN);
    const told = `${refused.status} ${refused.body.error?.code}`;
    log.found('BIST at 19:00', '403 OUT_OF_SESSION', told, told === '403 OUT_OF_SESSION');
    log.keep('refused-at-seven.json', JSON.stringify(refused.body, undefined, 2));
    const crypto = await start({ VENUE: 'btcturk', VENUE_BASE_URL: venue.url });
    await crypto.untilGate('open');
    const placed = await until('BTCTurk is known', PATIENT, async () => {
      const answer = await crypto.place(`at-seven-${Date.now()}`);
      return answer.body.error?.code === 'OUT_OF_SESSION' || answer.status === 201
        ? answer
        : undefined;
    });
    log.found('BTCTurk at 19:00', '201', placed.status, placed.status === 201);
  } finally {
    for (const alone of open) await alone.ended('SIGTERM');
    await venue.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

const manifest = (calendar: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${NAME}-calendar, namespace: ${DESK} }
data:
  calendar.json: '${calendar}'
---
apiVersion: spark.trading/v1alpha1
kind: TradingExecutor
metadata: { name: ${NAME}, namespace: ${DESK} }
spec:
  mode: paper
  version: v1.2-ramp
  venue:
    name: bist
    calendarConfigMapRef: { name: ${NAME}-calendar }
  whitelist: [GARAN.E]
  callers:
    - serviceAccount: { namespace: ${DESK}, name: strategy }
      role: trader
`;
