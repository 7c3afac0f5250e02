/**
 * The panels of the Grafana dashboard: what a desk looks at when it is told that something is wrong.
 * Every metric is one that an executor or the operator exports; a test compares the two.
 */
import { PAIRS, ratio } from './rules/budget.ts';

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly unit: 's' | 'short' | 'ops' | 'bool' | 'percentunit';
  readonly queries: readonly Query[];
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const OF = 'namespace=~"$namespace", executor=~"$executor"';
const WHO = '{{namespace}}/{{executor}}';
/** As the alerts: paper orders meet no venue. */
const REAL = `${OF}, mode!="paper"`;

const quantile = (share: number, histogram: string, labels: string): Query => ({
  expr: `histogram_quantile(${share}, sum by (le, namespace, executor) (rate(${histogram}_bucket{${labels}}[5m])))`,
  legend: `${WHO} p${share * 100}`,
});
const rate = (by: string, counter: string, labels: string = OF): Query => ({
  expr: `sum by (${by}) (rate(${counter}{${labels}}[5m]))`,
  legend: by
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' '),
});
/** The share of bad events in each long window, as the burn rates read it. */
const burning = (name: string): readonly Query[] =>
  PAIRS.map(({ long }) => ({
    expr: `${ratio(name, long)}{${OF}}`,
    legend: `${WHO} ${long}`,
  }));
const now = (gauge: string, legend = WHO): Query => ({ expr: `${gauge}{${OF}}`, legend });
const panel = (title: string, unit: Panel['unit'], ...queries: readonly Query[]): Panel => ({
  title,
  unit,
  queries,
});

const rows: readonly Row[] = [
  {
    title: 'May it trade',
    panels: [
      panel('Killed', 'bool', now('spark_kill_switch')),
      panel(
        'Kill confirmed: gated, flat',
        'bool',
        {
          expr: `min by (namespace, executor) (trading_operator_kill_gated{${OF}})`,
          legend: `${WHO} gated`,
        },
        {
          expr: `min by (namespace, executor) (trading_operator_kill_flat{${OF}})`,
          legend: `${WHO} flat`,
        },
      ),
      panel('Gate shut, by reason', 'bool', {
        expr: `max by (namespace, executor, reason) (spark_gate_shut{${OF}}) > 0`,
        legend: `${WHO} {{reason}}`,
      }),
      panel('Age of what it knows', 's', now('spark_control_age_seconds')),
    ],
  },
  {
    title: 'SLOs: share of what was bad, by window (absent below 50 events)',
    panels: [
      panel('Place→ACK: slow or never answered', 'percentunit', ...burning('place_ack')),
      panel('Feed→DB: slow', 'percentunit', ...burning('feed_db')),
      panel('Error rate', 'percentunit', ...burning('orders')),
      panel('Down, of 30-second slots', 'percentunit', ...burning('slots')),
      panel('Uptime of 30 days', 'percentunit', {
        expr: `1 - ${ratio('slots', '30d')}{${OF}}`,
        legend: WHO,
      }),
      panel('Alerts that fire', 'short', {
        expr: `count by (namespace, executor, alertname) (ALERTS{${OF}, alertstate="firing"})`,
        legend: `${WHO} {{alertname}}`,
      }),
    ],
  },
  {
    title: 'Orders',
    panels: [
      panel(
        'Place to acknowledgement, real orders',
        's',
        quantile(0.5, 'spark_place_ack_duration_seconds', REAL),
        quantile(0.95, 'spark_place_ack_duration_seconds', REAL),
        quantile(0.99, 'spark_place_ack_duration_seconds', REAL),
      ),
      panel('Real orders, by outcome', 'ops', {
        ...rate('outcome', 'spark_place_ack_duration_seconds_count', REAL),
      }),
      panel('Refused by a guard', 'ops', rate('reason', 'spark_guard_denials_total')),
      panel('Errors of the venue', 'ops', rate('code', 'spark_exchange_errors_total')),
      panel('Open', 'short', now('spark_open_orders')),
      panel('Outcome unknown', 'short', now('spark_unknown_orders')),
    ],
  },
  {
    title: 'Feed and clock',
    panels: [
      panel('Feed to database', 's', quantile(0.95, 'spark_feed_db_duration_seconds', OF)),
      panel('Age of the feed', 's', now('spark_feed_age_seconds')),
      panel('Clock drift', 's', now('spark_clock_drift_seconds')),
    ],
  },
  {
    title: 'Operator',
    panels: [
      panel('Reconciliations, by result', 'ops', {
        ...rate('result', 'controller_runtime_reconcile_total', 'controller="tradingexecutor"'),
      }),
      panel('Changes that the watch missed', 'short', {
        expr: 'sum by (resource) (increase(trading_operator_watch_missed_total[1h]))',
        legend: '{{resource}}',
      }),
      panel('Pods deleted for not confirming a kill', 'short', {
        expr: 'sum by (reason) (increase(trading_operator_pods_deleted_total[1h]))',
        legend: '{{reason}}',
      }),
    ],
  },
];

const COLUMNS = 24;
const WIDTH = COLUMNS / 3;
const HEIGHT = 7;

/** The dashboard as Grafana reads it; `uid` keeps links to it over upgrades. */
export function dashboard(): object {
  return {
    uid: 'trading-executors',
    title: 'Trading executors',
    tags: ['trading'],
    schemaVersion: 39,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [dataSource, variable('namespace'), variable('executor')] },
    panels: placed(),
  };
}

const source = { type: 'prometheus', uid: '$' + '{datasource}' };
const dataSource = {
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
};
const variable = (name: 'namespace' | 'executor') => ({
  name,
  type: 'query',
  datasource: source,
  query: `label_values(spark_control_age_seconds${name === 'executor' ? '{namespace=~"$namespace"}' : ''}, ${name})`,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

/** Three panels beside each other, rows one under the other. */
function placed(): readonly object[] {
  const out: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    out.push({
      id: out.length + 1,
      type: 'row',
      title,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    for (const [index, one] of panels.entries()) {
      const gridPos = { x: (index % 3) * WIDTH, y, w: WIDTH, h: HEIGHT };
      out.push({ id: out.length + 1, gridPos, ...drawn(one) });
      if (index % 3 === 2 || index === panels.length - 1) y += HEIGHT;
    }
  }
  return out;
}

const drawn = ({ title, unit, queries }: Panel) => ({
  type: 'timeseries',
  title,
  datasource: source,
  fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  targets: queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: source,
    expr,
    legendFormat: legend,
  })),
});

/** Every PromQL expression of the dashboard. */
export const dashboardQueries = (): readonly string[] =>
  rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)));
