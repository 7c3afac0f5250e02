import { describe, expect, it } from 'vitest';
import { fromMetrics, quantile, samplesOf } from '../../evidence/release/measure.ts';

const counts = (...pairs: [number, number][]) => new Map(pairs);
const INF = Number.POSITIVE_INFINITY;

describe('a quantile of cumulative buckets is the one Prometheus gives', () => {
  it.each<[string, ReadonlyMap<number, number>, number | undefined]>([
    ['nothing was counted', counts([0.5, 0], [1, 0], [INF, 0]), undefined],
    ['there are no buckets', counts(), undefined],
    ['linear within its bucket', counts([0.5, 90], [1, 100], [INF, 100]), 0.75],
    ['from zero in the first', counts([0.5, 100], [1, 100], [INF, 100]), 0.475],
    ['the last finite bound when it is above', counts([0.5, 10], [1, 10], [INF, 100]), 1],
    ['bounds in any order', counts([INF, 100], [1, 100], [0.5, 90]), 0.75],
  ])('%s', (_what, buckets, value) => {
    const found = quantile(0.95, buckets);
    if (value === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(value, 9);
  });
});

const bucket = (name: string, le: string, value: number, more = '') =>
  `${name}_bucket{le="${le}"${more}} ${value}`;
const ACK = 'spark_place_ack_duration_seconds';
const FEED = 'spark_feed_db_duration_seconds';

describe('what /metrics says', () => {
  it('is read with labels, timestamps, comments and escaped quotes', () => {
    const text = '# HELP a b\na{x="1",y="say \\"b, c\\""} 2.5 1700000000\nb +Inf\n';
    expect(samplesOf(text)).toEqual([
      { name: 'a', labels: { x: '1', y: 'say \\"b, c\\"' }, value: 2.5 },
      { name: 'b', labels: {}, value: INF },
    ]);
  });

  it('paper orders do not make the latency better, and all outcomes count', () => {
    const text = [
      bucket(ACK, '0.5', 1_000, ',mode="paper",outcome="acked"'),
      bucket(ACK, '1', 1_000, ',mode="paper",outcome="acked"'),
      bucket(ACK, '+Inf', 1_000, ',mode="paper",outcome="acked"'),
      bucket(ACK, '0.5', 0, ',mode="live",outcome="unknown"'),
      bucket(ACK, '1', 10, ',mode="live",outcome="unknown"'),
      bucket(ACK, '+Inf', 10, ',mode="live",outcome="unknown"'),
      bucket(ACK, '0.5', 90, ',mode="live",outcome="acked"'),
      bucket(ACK, '1', 90, ',mode="live",outcome="acked"'),
      bucket(ACK, '+Inf', 90, ',mode="live",outcome="acked"'),
      bucket(FEED, '0.1', 100),
      bucket(FEED, '+Inf', 100),
    ].join('\n');
    const { placeAck, feedDb, uptime } = fromMetrics([text]);
    expect(placeAck).toBeCloseTo(0.75, 9);
    expect(feedDb).toBeCloseTo(0.095, 9);
    expect(uptime).toBeUndefined();
  });

  it('a business reject is no error; a lost order, a 429 and a nonce are, each once', () => {
    const order = (status: string, why: string, value: number) =>
      `spark_orders_total{status="${status}",error_class="${why}"} ${value}`;
    const all = [
      order('acked', 'none', 90),
      order('rejected', 'rejected', 4),
      order('rejected', '429', 1),
      order('rejected', 'nonce', 1),
      order('unknown', 'timeout', 2),
      order('unsent', 'gate', 2),
      'spark_orders_total{status="acked",error_class="none",mode="paper"} 900',
    ];
    expect(fromMetrics([all.join('\n')]).errorRate).toBeCloseTo(0.06, 9);
    expect(fromMetrics(['']).errorRate).toBeUndefined();
  });

  it('two pods count together', () => {
    const pod = (value: number) =>
      `spark_orders_total{status="acked",error_class="none"} 5\nspark_orders_total{status="unknown",error_class="timeout"} ${value}`;
    expect(fromMetrics([pod(0), pod(10)]).errorRate).toBeCloseTo(0.5, 9);
  });
});
