import type { Figures } from '../figures.ts';
import { ms, table, told } from '../output.ts';
import type { Slope } from '../slope.ts';
import type { AlertResult } from './alerts.ts';
import { ROUND_TRIP_MS } from './arm.ts';
import { BURST, STEADY_PER_SECOND } from './schedule.ts';

export interface ArmFigures {
  readonly orders: number;
  /** Orders placed, the strategy's retries after a definite refusal included. */
  readonly tries: number;
  readonly acked: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, number>>;
  readonly nonceRefusals: number;
  readonly doubled: number;
  /** Requests in the venue's ledger, and the connections they came by. */
  readonly calls: number;
  readonly connections: number;
  /** Of orders that were written, ms. */
  readonly queued: Figures;
  readonly atVenue: Figures;
  /** Place → ACK of what was acknowledged, a try at a time, ms. */
  readonly answered: Figures;
  /** First try → acknowledged, ms; all, between bursts, in bursts. */
  readonly wished: Figures;
  readonly steady: Figures;
  readonly burst: Figures;
  readonly cpuPercent: number;
  readonly heapMiBPerHour: Slope | undefined;
}

export interface V13Result {
  readonly minutes: number;
  readonly concurrency: number;
  readonly v12: ArmFigures;
  readonly v13: ArmFigures;
  readonly alerts: AlertResult;
}

const HALF = 0.5;

export function report({ minutes, concurrency, v12, v13, alerts }: V13Result): string {
  const perThousand = (arm: ArmFigures, count: number) => (1_000 * count) / arm.orders;
  const events = [
    ['429', perThousand(v12, v12.answers['429'] ?? 0), perThousand(v13, v13.answers['429'] ?? 0)],
    ['INVALID_NONCE', perThousand(v12, v12.nonceRefusals), perThousand(v13, v13.nonceRefusals)],
  ] as const;
  const row = (name: string, pick: (arm: ArmFigures) => string) => [name, pick(v12), pick(v13)];
  const latency = (name: string, pick: (arm: ArmFigures) => Figures) =>
    row(name, (arm) => [pick(arm).p50, pick(arm).p95, pick(arm).p99].map(ms).join(' / '));
  return [
    `${minutes} min, both arms at once: ${STEADY_PER_SECOND} orders/s and bursts of ${BURST}, round trip ${ROUND_TRIP_MS} ms, maxConcurrency ${concurrency}, published limits, venue closes idle connections.`,
    'Episodes for both at the same moments: clock +6 s, 429s, connections that take 6 s, 503s (schedule.ts).',
    'v1.2 network: a connection per call, no queue per symbol, no stop after five 401s (substitutes.ts).',
    table(
      ['', 'v1.2 network', 'v1.3 network'],
      [
        row(
          'orders wished / placed / acknowledged',
          (arm) => `${arm.orders} / ${arm.tries} / ${arm.acked}`,
        ),
        ...events.map(([name, before, after]) => [
          `${name} per 1,000 orders`,
          before.toFixed(1),
          after.toFixed(1),
        ]),
        latency('place → ACK, p50 / p95 / p99 ms', (arm) => arm.answered),
        latency('wish → ACK with retries', (arm) => arm.wished),
        latency('  between bursts', (arm) => arm.steady),
        latency('  in bursts (queue wait counts)', (arm) => arm.burst),
        latency('queue wait', (arm) => arm.queued),
        latency('venue time', (arm) => arm.atVenue),
        row('calls to the venue / connections', (arm) => `${arm.calls} / ${arm.connections}`),
        row('orders the venue took twice', (arm) => String(arm.doubled)),
        row('CPU, % of one core', ({ cpuPercent }) => cpuPercent.toFixed(1)),
        row('heap, MiB per hour (95 %)', ({ heapMiBPerHour: found }) =>
          found === undefined
            ? '–'
            : `${found.slope.toFixed(1)} (${found.low.toFixed(1)} … ${found.high.toFixed(1)})`,
        ),
      ],
    ),
    '',
    ...alertLines(alerts),
    '',
    ...events.map(
      ([name, before, after]) =>
        `${name}: ${change(before, after)}; goal −50 %: ${verdict(after <= HALF * before)}`,
    ),
    `P95 wish → ACK: ${ms(v12.wished.p95)} → ${ms(v13.wished.p95)} ms; goal no worse: ${verdict(v13.wished.p95 <= v12.wished.p95)}`,
    `outcomes v1.2: ${told(v12.outcomes)}`,
    `outcomes v1.3: ${told(v13.outcomes)}`,
  ].join('\n');
}

function alertLines(result: AlertResult): readonly string[] {
  if (result.kind === 'not-counted') return [`Alerts: NOT COUNTED: ${result.why}`];
  const { alerts } = result;
  const names = [...new Set(alerts.map(({ alert }) => alert))].sort();
  const cell = (alert: string, executor: string) => {
    const found = alerts.find((one) => one.alert === alert && one.executor === executor);
    return found === undefined
      ? '0'
      : `${found.activations} (${found.firingMinutes.toFixed(1)} min)`;
  };
  if (names.length === 0)
    return ['The shipped rules over the recorded series: no alert in either arm.'];
  return [
    'The shipped rules over the recorded series, activations (time firing):',
    table(
      ['', 'v1.2 network', 'v1.3 network'],
      names.map((name) => [name, cell(name, 'v12'), cell(name, 'v13')]),
    ),
  ];
}

function change(before: number, after: number): string {
  if (before === 0) return `none before, ${after.toFixed(1)} after`;
  const percent = (100 * (after - before)) / before;
  return `${before.toFixed(1)} → ${after.toFixed(1)} per 1,000 (${percent > 0 ? '+' : ''}${percent.toFixed(0)} %)`;
}

const verdict = (holds: boolean): string => (holds ? 'met' : 'NOT MET');
