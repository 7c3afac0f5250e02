import type { Figures } from '../figures.ts';
import { ms, table, told } from '../output.ts';
import type { Slope } from '../slope.ts';
import type { AlertResult } from './alerts.ts';
import { armNames, ROUND_TRIP_MS } from './arm.ts';
import { BURST, STEADY_PER_SECOND } from './schedule.ts';

export interface ArmFigures {
  readonly orders: number;
  /** Orders placed, the strategy's retries after a definite refusal included. */
  readonly tries: number;
  readonly acked: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, number>>;
  readonly nonceRefusals: number;
  readonly blockedAfterMs: number | undefined;
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
  /** v12 at a venue that blocks no address. */
  readonly unblocked: ArmFigures;
  readonly v13: ArmFigures;
  readonly alerts: AlertResult;
}

const HALF = 0.5;
const HEADING = ['', 'v1.2', 'v1.2, never blocked', 'v1.3'];
/** The alerts whose frequency is to halve. */
const GOALS = ['429Bursts', 'NonceErrorRateHigh'];

export function report(result: V13Result): string {
  const { minutes, concurrency, v12, unblocked, v13, alerts } = result;
  return [
    `${minutes} min, all arms at once: ${STEADY_PER_SECOND} orders/s and bursts of ${BURST}, round trip ${ROUND_TRIP_MS} ms, maxConcurrency ${concurrency}, published limits, venue closes idle connections.`,
    'Episodes for all at the same moments: clock +6 s, 429s, 503s, connections that take 6 s (schedule.ts).',
    'v1.2: the network of v1.2, a connection per call, no queue per symbol, no stop after five 401s (substitutes.ts).',
    blockLine(v12, v13),
    'So the goals compare v1.3 with "v1.2, never blocked": the same code at a venue that never blocks an address.',
    figuresTable([v12, unblocked, v13]),
    '',
    ...alertLines(alerts),
    '',
    ...goalLines(result),
    `outcomes v1.2: ${told(v12.outcomes)}`,
    `outcomes v1.2, never blocked: ${told(unblocked.outcomes)}`,
    `outcomes v1.3: ${told(v13.outcomes)}`,
  ].join('\n');
}

/** What the venue's block after 50 401s in a row did to either. */
function blockLine(v12: ArmFigures, v13: ArmFigures): string {
  const fate = ({ blockedAfterMs, acked, orders }: ArmFigures) =>
    blockedAfterMs === undefined
      ? 'was never blocked'
      : `WAS BLOCKED after ${(blockedAfterMs / 60_000).toFixed(1)} min and for good: ${acked} of ${orders} orders acknowledged in all`;
  return `The venue blocks an address after 50 401s in a row. v1.2 ${fate(v12)}; v1.3 ${fate(v13)}.`;
}

function figuresTable(arms: readonly ArmFigures[]): string {
  const row = (name: string, pick: (arm: ArmFigures) => string) => [name, ...arms.map(pick)];
  const latency = (name: string, pick: (arm: ArmFigures) => Figures) =>
    row(name, (arm) => [pick(arm).p50, pick(arm).p95, pick(arm).p99].map(ms).join(' / '));
  const events = (name: string, count: (arm: ArmFigures) => number) =>
    row(`${name}, all (per 1,000 acknowledged)`, (arm) => both(count(arm), arm));
  return table(HEADING, [
    row(
      'orders wished / placed / acknowledged',
      (arm) => `${arm.orders} / ${arm.tries} / ${arm.acked}`,
    ),
    events('429', ({ answers }) => answers['429'] ?? 0),
    events('INVALID_NONCE', ({ nonceRefusals }) => nonceRefusals),
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
  ]);
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
    return ['The shipped rules over the recorded series: no alert in any arm.'];
  return [
    'The shipped rules over the recorded series, activations (time firing):',
    table(
      HEADING,
      names.map((name) => [name, ...armNames.map((arm) => cell(name, arm))]),
    ),
  ];
}

/** What the card asks: alert frequency −50 %, P95 no worse. Pure. */
export function goalLines({ unblocked, v13, alerts }: V13Result): readonly string[] {
  const count = (alert: string, executor: string) =>
    alerts.kind === 'counted'
      ? (alerts.alerts.find((one) => one.alert === alert && one.executor === executor)
          ?.activations ?? 0)
      : Number.NaN;
  const [before, after] = [unblocked.wished.p95, v13.wished.p95];
  const share = (arm: ArmFigures) => `${((100 * arm.acked) / arm.orders).toFixed(0)} %`;
  return [
    ...GOALS.map((alert) => {
      const [old, now] = [count(alert, 'v12-unblocked'), count(alert, 'v13')];
      return `${alert}, activations (per 1,000 acknowledged): ${both(old, unblocked)} → ${both(now, v13)}; goal −50 % of both: ${halved([old, unblocked], [now, v13])}`;
    }),
    `P95 wish → ACK: ${ms(before)} → ${ms(after)} ms; goal no worse: ${verdict(after <= before)}`,
    `acknowledged: ${share(unblocked)} → ${share(v13)} of the orders wished; the others are in no latency`,
  ];
}

type Count = readonly [number, ArmFigures];

function halved([before, old]: Count, [after, now]: Count): string {
  if (Number.isNaN(before)) return 'NOT COUNTED';
  if (before === 0) return after === 0 ? 'NOT SHOWN, it never fired' : 'NOT MET';
  return verdict(after <= HALF * before && after / now.acked <= (HALF * before) / old.acked);
}

const both = (count: number, { acked }: ArmFigures): string =>
  `${count} (${((1_000 * count) / acked).toFixed(1)})`;

const verdict = (holds: boolean): string => (holds ? 'met' : 'NOT MET');
