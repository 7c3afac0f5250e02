import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleGroups } from '../../alerts/rules/groups.ts';
import { objectives } from '../../alerts/rules/objectives.ts';
import { isAlert } from '../../alerts/rules/rule.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';
import { ACK_BUCKETS_S } from '../../crds/ack-buckets.ts';
import { FEED_BUCKETS_S } from '../../executor/feed/feed-metrics.ts';
import { DISK_FREE_MIN } from '../../executor/guards/disk.ts';
import { Metrics } from '../../executor/metrics.ts';
import { INFO_AGE_MAX_MS } from '../../executor/venues/btcturk/exchange-info.ts';
import { chart } from './helm.ts';

const readings = () => ({
  driftMs: undefined,
  controlAgeMs: null,
  killed: false,
  mode: 'paper' as const,
  unknown: 0,
  open: 0,
  shut: [],
  calendarEnd: undefined,
  watchMissed: 0,
  diskFree: undefined,
  leaseLeftMs: undefined,
  fingerprint: undefined,
  secret: undefined,
  health: undefined,
});

const alerts = () => ruleGroups(figures(cardSlo)).flatMap((group) => group.rules.filter(isAlert));

/** `name{a="b",c="d"} 0` as name and labels, `name 0` without; the label the rules exclude by is optional. */
const series = (text: string) =>
  text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value] = /^(\w+)(?:\{([^}]*)\})? (\S+)$/.exec(line) ?? [];
    return value === undefined ? [] : [{ name, labels, value }];
  });

describe('what the executor exports before its first order', () => {
  it.each([
    ['spark_place_ack_duration_seconds_count', 'outcome="acked",mode="trickle"'],
    ['spark_place_ack_duration_seconds_count', 'outcome="rejected",mode="trickle"'],
    ['spark_place_ack_duration_seconds_count', 'outcome="unknown",mode="live"'],
    ['spark_place_ack_duration_seconds_count', 'outcome="unsent",mode="live"'],
    ['spark_place_ack_duration_seconds_bucket', 'le="1",outcome="acked",mode="live"'],
    ['spark_place_ack_duration_seconds_bucket', 'le="1",outcome="unknown",mode="live"'],
    ['spark_exchange_errors_total', 'code="INVALID_NONCE"'],
    ['spark_http_requests_total', 'status="429"'],
    ['spark_orders_total', 'status="unknown",error_class="timeout",mode="live"'],
    ['spark_orders_total', 'status="unsent",error_class="gate",mode="live"'],
    ['spark_orders_total', 'status="rejected",error_class="nonce",mode="trickle"'],
    ['spark_orders_total', 'status="rejected",error_class="429",mode="trickle"'],
    ['spark_feed_db_duration_seconds_count', ''],
    ['spark_feed_db_duration_seconds_bucket', 'le="0.3"'],
  ])('%s{%s} is there at 0, so that the rules see the first burst', async (name, labels) => {
    const all = series(await new Metrics(readings).registry.metrics());
    const matching = all.filter(
      (one) => one.name === name && labels.split(',').every((label) => one.labels.includes(label)),
    );
    expect(matching.length).toBeGreaterThan(0);
    for (const one of matching) expect(one.value).toBe('0');
  });

  it('has every metric of the rules that an executor exports', async () => {
    const names = new Set(
      series(await new Metrics(readings).registry.metrics()).map(({ name }) => name),
    );
    const expressions = ruleGroups(figures(cardSlo)).flatMap(({ rules }) =>
      rules.map(({ expr }) => expr),
    );
    const used = expressions.flatMap((expr) => expr.match(/spark_\w+/g) ?? []);
    for (const name of used) expect(names).toContain(name);
  });

  it('refuses orders for want of disk exactly where the alert says that it does', () => {
    const rules = alerts();
    const refusing = rules.find(({ labels }) => labels.reason === 'RefusingOrders');
    expect(refusing?.expr).toMatch(new RegExp(`< ${DISK_FREE_MIN}$`));
  });

  it('refuses orders for want of the venue’s rules only after the alert has paged', () => {
    const rules = alerts();
    const [, limit] =
      /> (\d+)$/.exec(rules.find(({ alert }) => alert === 'ExchangeInfoStale')?.expr ?? '') ?? [];
    expect(Number(limit) * 1_000).toBeLessThan(INFO_AGE_MAX_MS);
  });

  it('has every reason the rules select, of a shut gate and of a refusal', async () => {
    const text = await new Metrics(readings).registry.metrics();
    const slots = objectives(figures(cardSlo)).map(({ bad }) => bad.expr);
    const [, uptime = ''] = /gate_shut\{reason=~"([^"]+)"/.exec(slots.join()) ?? [];
    expect(uptime.split('|').length).toBeGreaterThan(1);
    for (const reason of ['CredentialInUse', 'Blind', ...uptime.split('|')]) {
      expect(text).toContain(`spark_gate_shut{reason="${reason}"} 0`);
    }
    const rules = alerts();
    const refused = rules.find(({ alert }) => alert === 'OrdersRefused')?.expr ?? '';
    const [, codes = ''] = /reason=~"([^"]+)"/.exec(refused) ?? [];
    for (const code of codes.split('|')) {
      expect(text).toContain(`spark_guard_denials_total{reason="${code}"} 0`);
    }
  });

  it('has a bucket for every threshold that the chart allows', () => {
    const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8'));
    const { latencySeconds, feedLatencySeconds } = schema.properties.slo.properties;
    for (const seconds of latencySeconds.enum) expect(ACK_BUCKETS_S).toContain(seconds);
    for (const seconds of feedLatencySeconds.enum) expect(FEED_BUCKETS_S).toContain(seconds);
  });
});
