import { NO_ERROR } from '../../alerts/rules/objectives.ts';

/** What an executor's release is measured by; undefined: there was nothing to measure. */
export interface Figures {
  /** Seconds, P95, without paper. */
  readonly placeAck: number | undefined;
  /** Seconds, P95. */
  readonly feedDb: number | undefined;
  /** 0 to 1: of orders past the guards. Business rejects are not errors. */
  readonly errorRate: number | undefined;
  /** 0 to 1: of the slots of 30 s in which the operator expected it. */
  readonly uptime: number | undefined;
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const isNoError = new RegExp(`^(${NO_ERROR})$`);

/** Figures since the pods started, from the text of their /metrics. */
export function fromMetrics(texts: readonly string[]): Figures {
  const samples = texts.flatMap(samplesOf);
  const real = samples.filter(({ labels }) => labels.mode !== 'paper');
  const orders = real.filter(({ name }) => name === 'spark_orders_total');
  const total = sum(orders);
  const bad = sum(orders.filter(({ labels }) => !isNoError.test(labels.error_class ?? '')));
  return {
    placeAck: quantile(0.95, buckets(real, 'spark_place_ack_duration_seconds_bucket')),
    feedDb: quantile(0.95, buckets(samples, 'spark_feed_db_duration_seconds_bucket')),
    errorRate: total === 0 ? undefined : bad / total,
    uptime: undefined, // a process cannot tell how long it was away
  };
}

/** The same from Prometheus, over the last hour and, for the uptime, 30 days. */
export function queries(namespace: string, executor: string): Record<keyof Figures, string> {
  const own = `namespace="${namespace}",executor="${executor}"`;
  const p95 = (name: string, more: string) =>
    `histogram_quantile(0.95, sum by (le) (increase(${name}_bucket{${own}${more}}[1h])))`;
  const orders = (more = '') =>
    `sum(increase(spark_orders_total{${own},mode!="paper"${more}}[1h]))`;
  const failed = orders(`,error_class!~"${NO_ERROR}"`);
  // as the rules record them: a kill is up, a rollout is down, and what is not expected does not count
  const slots = (series: string) => `sum_over_time(${series}{${own}}[30d])`;
  return {
    placeAck: p95('spark_place_ack_duration_seconds', ',mode!="paper"'),
    feedDb: p95('spark_feed_db_duration_seconds', ''),
    errorRate: `${failed} / ${orders()}`,
    uptime: `1 - ${slots('executor:slots_bad:max')} / ${slots('executor:slots:max')}`,
  };
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+\d+)?$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples in a text exposition; comments and what it does not understand are passed over. */
export function samplesOf(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs), value: numberOf(value) }];
  });
}

const numberOf = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
const sum = (samples: readonly Sample[]): number =>
  samples.reduce((total, { value }) => total + value, 0);

/** Cumulative counts by upper bound, over all other labels. */
function buckets(samples: readonly Sample[], name: string): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { name: own, labels, value } of samples) {
    if (own !== name) continue;
    const bound = numberOf(labels.le ?? '');
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts;
}

/** As Prometheus' histogram_quantile: linear within a bucket, the last finite bound above it. */
export function quantile(q: number, counts: ReadonlyMap<number, number>): number | undefined {
  const bounds = [...counts].sort(([a], [b]) => a - b);
  const total = bounds.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = q * total;
  let [below, before] = [0, 0];
  for (const [bound, count] of bounds) {
    if (count >= rank) {
      if (!Number.isFinite(bound)) return below;
      return below + ((bound - below) * (rank - before)) / (count - before);
    }
    [below, before] = [bound, count];
  }
  return below;
}
