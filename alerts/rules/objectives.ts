import type { Objective } from './budget.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';
const rate = (series: string): string => `sum by (namespace, executor) (rate(${series}[5m]))`;

/** Of an acknowledged order, and of a business reject. Every other class is an error, a new one too. */
export const NO_ERROR = 'none|rejected|unauthorized';

/** Not ready: draining, or nothing was seen or read yet; or ready, but blind. A kill is none of them. */
const NOT_UP = 'Draining|Starting|JournalUnread|Blind';

function placeAck(figure: Figures): Objective {
  const all = rate('spark_place_ack_duration_seconds_count{mode!="paper"}');
  const fast = rate(
    `spark_place_ack_duration_seconds_bucket{mode!="paper",le=~"${figure.latencyLe}"}`,
  );
  return {
    alert: 'PlaceAckLatencyBudgetBurn',
    name: 'place_ack',
    all: { record: 'executor:place_ack:rate5m', expr: all },
    bad: { record: 'executor:place_ack_bad:rate5m', expr: `${all}\n-\n${fast}` },
    perSample: 30,
    budget: figure.latencySlowShare,
    budgetPercent: figure.latencySlowPercent,
    title: 'Place→ACK',
    badWords: `the orders of ${where} took longer than ${figure.latencySeconds} s or were never answered`,
    pages: true,
  };
}

/** No order depends on the feed, so it wakes nobody. */
function feedDb(figure: Figures): Objective {
  const all = rate('spark_feed_db_duration_seconds_count');
  const fast = rate(`spark_feed_db_duration_seconds_bucket{le=~"${figure.feedLatencyLe}"}`);
  return {
    alert: 'FeedDbLatencyBudgetBurn',
    name: 'feed_db',
    all: { record: 'executor:feed_db:rate5m', expr: all },
    bad: { record: 'executor:feed_db_bad:rate5m', expr: `${all}\n-\n${fast}` },
    perSample: 30,
    budget: figure.feedSlowShare,
    budgetPercent: figure.feedSlowPercent,
    title: 'Feed→DB',
    badWords: `the frames of the feed of ${where} took longer than ${figure.feedLatencySeconds} s from receipt to commit`,
    pages: false,
  };
}

function errors(figure: Figures): Objective {
  const bad = rate(`spark_orders_total{mode!="paper",error_class!~"${NO_ERROR}"}`);
  return {
    alert: 'ErrorRateBudgetBurn',
    name: 'orders',
    all: { record: 'executor:orders:rate5m', expr: rate('spark_orders_total{mode!="paper"}') },
    bad: { record: 'executor:orders_bad:rate5m', expr: bad },
    perSample: 30,
    budget: figure.errorShare,
    budgetPercent: figure.errorPercent,
    title: 'error rate',
    badWords: `the orders of ${where} failed by the venue or by us (5xx, timeout, nonce, 429, unknown, unsent)`,
    pages: true,
  };
}

/**
 * A slot of 30 s is one sample. Expected is what the operator expects; down is what of it has no
 * target that is up, ready and in sight of its object. One that was killed on purpose is up, one
 * that is being replaced is down. Paper executors count: they are expected as well.
 */
function uptime(figure: Figures): Objective {
  const expected = 'max by (namespace, executor) (trading_operator_executor_expected)';
  const up = 'max by (namespace, executor) (up) == 1';
  const notUp = `max by (namespace, executor) (spark_gate_shut{reason=~"${NOT_UP}"}) == 1`;
  return {
    alert: 'UptimeBudgetBurn',
    name: 'slots',
    all: { record: 'executor:slots:max', expr: expected },
    bad: {
      record: 'executor:slots_bad:max',
      expr: `${expected}\n-\n(\n  (${up} unless ${notUp})\n  or\n  0 * ${expected}\n)`,
    },
    perSample: 1,
    budget: figure.downShare,
    budgetPercent: figure.downPercent,
    title: 'uptime',
    badWords: `the 30-second slots of ${where} were without a ready executor in sight of its object`,
    pages: true,
  };
}

export const objectives = (figure: Figures): readonly Objective[] => [
  placeAck(figure),
  feedDb(figure),
  errors(figure),
  uptime(figure),
];
