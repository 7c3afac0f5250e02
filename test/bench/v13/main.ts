import { binariesReady } from '../../setup/platform.ts';
import { Steps } from '../../setup/steps.ts';
import { type Placed, until } from '../caller.ts';
import { type Figures, figures, tally } from '../figures.ts';
import { numberOption, writeResult } from '../output.ts';
import { lengths } from '../place/segments.ts';
import { slope } from '../slope.ts';
import type { Panel } from '../svg.ts';
import { countAlerts } from './alerts.ts';
import { Arm, type ArmResult, armNames, SCRAPE_MS, type Wish } from './arm.ts';
import { type ArmFigures, report, type V13Result } from './report.ts';

const MIB = 1024 * 1024;
/** Everything the shipped rules of the venue and of latency read. */
const READ_BY_RULES =
  /^spark_(place_ack_duration_seconds|exchange_errors_total|http_requests_total)/;

const args = process.argv.slice(2);
const minutes = numberOption(args, 'minutes', 15);
/** spec.limits of all arms; a TradingExecutor that says nothing has this. */
const concurrency = numberOption(args, 'concurrency', 4);
const steps = new Steps();
await binariesReady(steps, ['promtool']);
const arms = await steps.step('three executors, three venues, three lines', () =>
  Promise.all(armNames.map((name) => Arm.start(name, concurrency))),
);
const found = await steps.step(`all arms, ${minutes} min side by side`, async (progress) => {
  const running = Promise.all(arms.map((arm) => arm.run(minutes)));
  const begun = performance.now();
  for (let minute = 1; minute < minutes; minute += 1) {
    await Promise.race([until(begun + minute * 60_000), running]);
    progress(`minute ${minute}`);
  }
  return running;
});
await Promise.all(arms.map((arm) => arm.stop()));
const [v12, unblocked, v13] = found;
if (v12 === undefined || unblocked === undefined || v13 === undefined) {
  throw new Error('there are three arms');
}

const recorded = found.flatMap(({ recording }) => recording.list(READ_BY_RULES));
const alerts = await countAlerts(recorded, SCRAPE_MS);
const result: V13Result = {
  ...{ minutes, concurrency, alerts },
  ...{ v12: summed(v12), unblocked: summed(unblocked), v13: summed(v13) },
};
console.log(`\n${report(result)}`);
writeResult('v13', { ...result, recorded: changing(recorded) }, panels(unblocked, v13));

function summed(arm: ArmResult): ArmFigures {
  const { wishes, answers, nonceRefusals, blockedAfterMs, doubled, usage, connections, marks } =
    arm;
  const tries = wishes.flatMap((wish) => wish.tries);
  const outcome = ({ status, code, errorClass }: Placed) =>
    [status, code ?? '', errorClass === 'none' ? '' : (errorClass ?? '')].join(' ').trim();
  const hours = usage.map(({ at }) => (at - (usage[0]?.at ?? 0)) / 3_600_000);
  const hourly = (values: readonly number[]) =>
    slope(hours.map((x, at) => ({ x, y: values[at] ?? Number.NaN })));
  const [first, last] = [usage[0], usage.at(-1)];
  return {
    orders: wishes.length,
    tries: tries.length,
    acked: wishes.filter(({ ackMs }) => ackMs !== undefined).length,
    outcomes: tally(tries.map(outcome)),
    answers,
    nonceRefusals,
    blockedAfterMs,
    doubled,
    calls: Object.values(answers).reduce((sum, count) => sum + count, 0),
    connections,
    queued: figures(lengths(marks, { from: 'journalled', to: 'turn' })),
    atVenue: figures(lengths(marks, { from: 'written', to: 'replied' })),
    answered: figures(tries.filter(({ status }) => status === 201).map(({ ms }) => ms)),
    wished: acked(wishes),
    steady: acked(wishes.filter(({ isBurst }) => !isBurst)),
    burst: acked(wishes.filter(({ isBurst }) => isBurst)),
    cpuPercent:
      first === undefined || last === undefined
        ? Number.NaN
        : (100 * (last.cpuMs - first.cpuMs)) / (last.at - first.at),
    heapMiBPerHour: hourly(usage.map(({ heapBytes }) => heapBytes / MIB)),
  };
}

function acked(wishes: readonly Wish[]): Figures {
  return figures(wishes.flatMap(({ ackMs }) => ackMs ?? []));
}

/** The recording without what never moved; kept so that anybody can ask it other questions. */
function changing(list: typeof recorded): typeof recorded {
  return list.filter(({ values }) => new Set(values).size > 1);
}

function panels(before: ArmResult, after: ArmResult): readonly Panel[] {
  const sum = (arm: ArmResult, series: RegExp) => {
    const picked = arm.recording.list(series);
    const length = picked[0]?.values.length ?? 0;
    return Array.from({ length }, (_, at) => ({
      x: (at * SCRAPE_MS) / 60_000,
      y: picked.reduce((all, { values }) => all + (values[at] || 0), 0),
    }));
  };
  const both = (title: string, series: RegExp): Panel => ({
    ...{ title, x: 'minutes', y: 'events since the beginning' },
    series: [
      { name: 'v1.2 network, never blocked', points: sum(before, series) },
      { name: 'v1.3 network', points: sum(after, series) },
    ],
  });
  const latency = ({ wishes }: ArmResult) =>
    wishes.map(({ ackMs = Number.NaN }, x) => ({ x, y: ackMs }));
  return [
    both('429 from the venue', /^spark_http_requests_total\{.*status="429"/),
    both('INVALID_NONCE from the venue', /^spark_exchange_errors_total\{.*"INVALID_NONCE"/),
    {
      ...{ title: 'Wish → acknowledged, with the strategy’s retries', x: 'order', y: 'ms' },
      series: [
        { name: 'v1.2 network, never blocked', points: latency(before), as: 'dots' },
        { name: 'v1.3 network', points: latency(after), as: 'dots' },
      ],
    },
  ];
}
