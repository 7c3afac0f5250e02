import {
  EVENTS_MIN,
  type Objective,
  ratio,
  WINDOWS,
  type Window,
} from '../../../alerts/rules/budget.ts';
import { objectives } from '../../../alerts/rules/objectives.ts';
import { cardSlo, type Figures, figures } from '../../../alerts/rules/slo.ts';
import type { ExecutorKey } from '../../../crds/names.ts';
import type { History } from '../wire/history.ts';
import { SHARES } from './quantile.ts';

/** PromQL, made of the expressions of the alerts. Everything is by namespace and executor. */
export interface Queries {
  /** With a label `q`: p50, p95 or p99. In seconds. `window` as Prometheus writes durations. */
  latency(of: ExecutorKey | undefined, window: string): string;
  readonly unknownOrders: string;
  /** By pod, and by instance where a plain Prometheus has no label for it. In seconds. */
  readonly controlAge: string;
  /** By reason, over the last hour. */
  readonly refusals: string;
  /** Says something where Prometheus has the recording rules. */
  readonly areRecorded: string;
  /** The share of slow orders in 30 days. */
  readonly month: Sourced;
  /** The share of orders in error. */
  errors(of: ExecutorKey, window: string): string;
  /** The share of slow orders in each window of the burn rates: label `window`, or the end of the name. */
  burns(of: ExecutorKey): Sourced;
}

/** The same from the recorded series, and from what executors export where there are none. */
export interface Sourced {
  readonly recorded: string;
  readonly raw: string;
}

const BY = 'namespace, executor';
const windows = Object.keys(WINDOWS) as readonly Window[];

export function queries(slo: History['slo']): Queries {
  const { placeAck, orders } = ownObjectives(slo);
  const bad = sum(placeAck.bad.record, '30d');
  const all = sum(placeAck.all.record, '30d');
  return {
    latency: (of, window) => quantiles(of, window),
    unknownOrders: `max by (${BY}) (spark_unknown_orders)`,
    controlAge: `max by (${BY}, pod, instance) (spark_control_age_seconds)`,
    refusals: `sum by (${BY}, reason) (increase(spark_guard_denials_total[1h])) > 0`,
    areRecorded: `count(${placeAck.all.record})`,
    month: {
      recorded: `${bad} / ${all} and ${all} * ${placeAck.perSample} >= ${EVENTS_MIN}`,
      raw: share(placeAck, '30d', 30 * WINDOWS['1d']),
    },
    errors: (of, window) =>
      only(of, `(${over(orders.bad.expr, window)}) / (${over(orders.all.expr, window)})`),
    burns: (of) => ({
      recorded: `{__name__=~"${windows.map((one) => ratio(placeAck.name, one)).join('|')}",${matchers(of)}}`,
      raw: windows
        .map((one) => labelled(only(of, share(placeAck, one, WINDOWS[one])), 'window', one))
        .join(' or '),
    }),
  };
}

function ownObjectives(slo: History['slo']) {
  const figure: Figures = figures({
    ...cardSlo,
    latencySeconds: slo.latencyMs / 1_000,
    latencySlowShare: slo.latencyShare,
    errorShare: slo.errorRate,
  });
  const named = (name: string): Objective => {
    const found = objectives(figure).find((one) => one.name === name);
    if (found === undefined) throw new Error(`alerts/rules has no objective ${name}`);
    return found;
  };
  return { placeAck: named('place_ack'), orders: named('orders') };
}

function quantiles(of: ExecutorKey | undefined, window: string): string {
  const which = of === undefined ? '' : `,${matchers(of)}`;
  const buckets = `spark_place_ack_duration_seconds_bucket{mode!="paper"${which}}`;
  const rates = `sum by (${BY}, le) (rate(${buckets}[${window}]))`;
  return Object.entries(SHARES)
    .map(([name, q]) => labelled(`histogram_quantile(${q}, ${rates})`, 'q', name))
    .join(' or ');
}

/** As `ratios` of alerts/rules/budget.ts records it, read from what the executors export. */
function share({ bad, all }: Objective, window: string, seconds: number): string {
  const [part, whole] = [over(bad.expr, window), over(all.expr, window)];
  return `(${part}) / (${whole}) and (${whole}) * ${seconds} >= ${EVENTS_MIN}`;
}

/** The same rates over another window than five minutes. */
const over = (expr: string, window: string): string => expr.replaceAll('[5m]', `[${window}]`);
const sum = (series: string, window: string): string => `sum_over_time(${series}[${window}])`;
const labelled = (expr: string, label: string, value: string): string =>
  `label_replace(${expr}, "${label}", "${value}", "", "")`;

/** One executor of an expression about all: Prometheus then reads the series of no other. */
const only = (of: ExecutorKey, expr: string): string =>
  expr.replaceAll(/(spark_\w+)\{/g, (_, metric) => `${metric}{${matchers(of)},`);

const matchers = ({ namespace, name }: ExecutorKey): string =>
  `namespace=${JSON.stringify(namespace)},executor=${JSON.stringify(name)}`;

/** Of a series of `burns`: how long its window is. undefined: it is of none. */
export function windowSeconds(labels: Readonly<Record<string, string>>): number | undefined {
  const name = labels.window ?? /ratio_rate(\w+)$/.exec(labels.__name__ ?? '')?.[1] ?? '';
  return windows.includes(name as Window) ? WINDOWS[name as Window] : undefined;
}
