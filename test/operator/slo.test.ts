import { describe, expect, it } from 'vitest';
import { latencyRollback } from '../../alerts/rules/place-ack-latency.ts';
import { cardSlo, figures, type Slo } from '../../alerts/rules/slo.ts';
import { Metrics } from '../../executor/metrics.ts';
import type { Order, Outcome } from '../../executor/order/order.ts';
import { Recent } from '../../executor/recent.ts';
import { parseConfig } from '../../operator/config.ts';
import { UNKNOWN } from '../../operator/reconcile/slo-verdicts.ts';
import { stability } from '../../operator/reconcile/stability.ts';
import { recovery } from '../../operator/rollback/recovery.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { aReport } from './rollback/builders.ts';

const NONE = {
  ...{ driftMs: undefined, controlAgeMs: null, killed: false, mode: 'live' as const, unknown: 0 },
  ...{ open: 0, shut: [], calendarEnd: undefined, watchMissed: 0, diskFree: undefined },
  ...{ leaseLeftMs: undefined, health: undefined, fingerprint: undefined, secret: undefined },
};

/** Seconds to the acknowledgement; undefined: unanswered at the deadline. */
type Ack = number | undefined;

/** The same for orders that the venue rejected after so many seconds. */
const rejections = (count: number, seconds: number) =>
  Array.from({ length: count }, () => ({ rejectedAfter: seconds }));

/** What Prometheus scrapes from an executor and what GET /control says, after the same orders. */
async function traded(acks: readonly (Ack | { readonly rejectedAfter: number })[]) {
  const clock = new ManualClock();
  const metrics = new Metrics(() => NONE);
  const recent = new Recent(clock);
  for (const ack of acks) {
    const isRejected = typeof ack === 'object';
    const seconds = isRejected ? ack.rejectedAfter : ack;
    const answered: Outcome = isRejected ? 'rejected' : 'acked';
    const outcome: Outcome = seconds === undefined ? 'unknown' : answered;
    const latencyMs = (seconds ?? 5) * 1_000;
    const placed = { outcome, errorClass: 'none', latencyMs, at: clock.wall() };
    metrics.acknowledged(outcome, 'live', seconds ?? Number.POSITIVE_INFINITY);
    recent.add({ terms: { mode: 'live' }, placed } as unknown as Order);
  }
  return { exported: await metrics.registry.metrics(), recent: recent.windows() };
}

/** Whether the shipped rollback rule holds for what an executor exports, all of it in its window. */
function fires(exported: string, slo: Slo): boolean {
  const { expr } = latencyRollback(figures(slo));
  const [, le = ''] = /le=~"([^"]+)"/.exec(expr) ?? [];
  const [, limit] = /> ([\d.]+)$/.exec(expr) ?? [];
  const sum = (series: RegExp) =>
    exported
      .split('\n')
      .filter((line) => series.test(line) && !line.includes('mode="paper"'))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  const all = sum(/^spark_place_ack_duration_seconds_count\{/);
  const bound = le.replaceAll('\\\\', '\\');
  const fast = sum(new RegExp(`^spark_place_ack_duration_seconds_bucket\\{le="${bound}"`));
  return (all - fast) / all > Number(limit);
}

const orders = (quick: number, slow: number, seconds: Ack): readonly Ack[] => [
  ...Array.from({ length: quick }, () => 0.2),
  ...Array.from({ length: slow }, () => seconds),
];

const numbers = {
  'the card’s numbers': cardSlo,
  'half a second and two percent': {
    ...cardSlo,
    latencySeconds: 0.5,
    latencySlowShare: 0.02,
    latencyCriticalShare: 0.02,
  },
  'a limit that is no whole number, above one': { ...cardSlo, latencySeconds: 2.5 },
} satisfies Record<string, Slo>;

describe.each(Object.entries(numbers))('by %s, of the same orders', (_, slo) => {
  it.each([
    [19, 1, 2],
    [95, 5, 0.7],
    [95, 5, 2],
    [95, 6, 2],
    [95, 6, 0.7],
    [98, 2, 0.7],
    [97, 3, 0.7],
    [95, 6, undefined],
    [20, 0, undefined],
    [0, 20, 2.5],
    [0, 20, 0.5],
  ])('%i quick ones and %i of %s s: rule, badge and recovery agree', async (quick, slow, s) => {
    const { exported, recent } = await traded(orders(quick, slow, s));
    const isSlow = fires(exported, slo);
    const { reasons } = stability({
      ...{ killed: false, latched: false, tags: [], declared: undefined, slo, slos: UNKNOWN },
      recent: [recent],
    });
    expect(reasons).toEqual(isSlow ? ['SlowAcks'] : []);
    expect(recovery([{ ...aReport(), recent }], slo).recovered).toBe(!isSlow);
  });
});

describe('orders that the venue rejects', () => {
  const badge = (recent: ReturnType<Recent['windows']>) =>
    stability({
      ...{
        killed: false,
        latched: false,
        tags: [],
        declared: undefined,
        slo: cardSlo,
        slos: UNKNOWN,
      },
      recent: [recent],
    }).reasons;

  it('at once are quick to the rule and to the badge, and no proof that an alert has gone', async () => {
    const { exported, recent } = await traded([...orders(30, 0, 0), ...rejections(10, 0.1)]);
    expect(fires(exported, cardSlo)).toBe(false);
    expect(badge(recent)).toEqual([]);
    expect(recovery([{ ...aReport(), recent }], cardSlo).recovered).toBe(false);
  });

  it('late are slow to all of them', async () => {
    const { exported, recent } = await traded([...orders(30, 0, 0), ...rejections(10, 2)]);
    expect(fires(exported, cardSlo)).toBe(true);
    expect(badge(recent)).toEqual(['SlowAcks']);
    expect(recovery([{ ...aReport(), recent }], cardSlo).recovered).toBe(false);
  });
});

describe('the SLO of Place→ACK', () => {
  const argv = ['--executor-image=executor:1', '--operator-service-account=system/operator'];
  const parsed = (...more: readonly string[]) =>
    parseConfig([...argv, '--lease-namespace=system', ...more], {
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
    });

  it('is the release card’s, for an operator that is told none', () => {
    const { latencySeconds, latencySlowShare, latencyCriticalShare } = cardSlo;
    const slo = { latencySeconds, latencySlowShare, latencyCriticalShare };
    expect(parsed()).toMatchObject({ ok: true, config: { settings: { slo } } });
  });

  it('is refused with words where the histogram has no such bucket, and as no share', () => {
    expect(parsed('--slo-latency-seconds=0.3', '--slo-latency-slow-share=5')).toEqual({
      ok: false,
      faults: [
        expect.stringMatching(/^--slo-latency-seconds must be a bucket of .*: 0.005, .*, 10$/),
        expect.stringMatching(/^--slo-latency-slow-share /),
      ],
    });
  });

  it('is not met by an executor that does not say how quick its orders were', () => {
    const said = { windowMs: 300_000, orders: 40, acked: 40, buckets: [] };
    expect(recovery([{ ...aReport(), recent: [said] }], cardSlo)).toEqual({
      recovered: false,
      why: '0 of 40 non-paper orders in 5 min were acknowledged within 1 s; 95 % are needed',
    });
  });
});
