import type {
  Audit,
  ExecutorDetail,
  SessionCalendar,
} from '../../operator/console/wire/executor.ts';
import type { History } from '../../operator/console/wire/history.ts';
import type { ExecutorRow } from '../../operator/console/wire/overview.ts';
import { chance, HOSTILE } from './played-data.ts';

export const ago = (now: number, ms: number): string => new Date(now - ms).toISOString();

export interface Rights {
  readonly patch: boolean;
  readonly acknowledge: boolean;
}

export function playedDetail(row: ExecutorRow, may: Rights, now: number): ExecutorDetail {
  const [pod = 'none'] = row.pods.map(({ name }) => name);
  const latched = row.incident !== null;
  return {
    at: ago(now, 0),
    row,
    may,
    conditions: [
      condition('Ready', row.pods[0]?.state === 'Unreachable' ? 'False' : 'True', now),
      condition('KillSwitchConfirmed', row.killedAt === null ? 'Unknown' : 'True', now),
      condition('RolledBack', latched ? 'True' : 'False', now),
      condition('AlertingHealthy', 'True', now),
    ],
    ladder: { reached: latched ? 'paper' : 'trickle', holdForMs: 60_000 },
    rollout: {
      lastGood: { image: 'executor:v1.2', version: 'v1.2-ramp' },
      gapSeconds: 4,
    } as ExecutorDetail['rollout'],
    pending: latched
      ? []
      : [
          {
            alertname: 'PlaceAckLatencyRollback',
            since: ago(now, 400_000),
            dueAt: ago(now, -200_000),
            inconclusive: true,
          },
        ],
    controlAgeMs: { [pod]: 2_140 },
    kills: [
      {
        at: ago(now, 600_000),
        reason: 'rollback',
        pods: [{ name: pod, gatedMs: 12, flatMs: 341 }],
      },
      {
        at: ago(now, 90_000_000),
        reason: 'drill',
        pods: [{ name: pod, gatedMs: 9, flatMs: null }],
      },
    ],
    refusals: { KILL_SWITCH_ACTIVE: 214, RATE_ABOVE_LIMIT: 12, CLOCK_DRIFT: 1 },
    events: [
      event(
        'Warning',
        'RolledBack',
        `PlaceAckLatencyRollback lasted 10 min; ${row.name} is on paper and killed`,
        now,
      ),
      event('Normal', 'KillConfirmed', 'every pod is gated and flat', now),
      event('Warning', 'Markup', HOSTILE, now),
    ],
    incidents: latched ? [row.incident ?? ''] : [],
  };
}

const condition = (type: string, status: string, now: number) => ({
  ...{ type, status, lastTransitionTime: ago(now, 600_000) },
  reason: status === 'True' ? 'AsDeclared' : 'NotSo',
  message: type === 'Ready' ? 'all pods are ready with the tag that the spec asks for' : '',
});

const event = (type: string, reason: string, message: string, now: number) => ({
  ...{ type, reason, message, at: ago(now, 590_000), count: type === 'Normal' ? 1 : 3 },
});

/** An hour that was calm, then slow for twelve minutes. */
export function playedHistory(rangeMs: number, now: number): History {
  const points = 120;
  const stepS = rangeMs / 1_000 / points;
  const startS = Math.floor(now / 1_000 - rangeMs / 1_000);
  const atS = Array.from({ length: points }, (_, index) => Math.round(startS + index * stepS));
  const slow = (index: number) => (index > 80 && index < 104 ? 6 : 1);
  const p50 = atS.map((_, index) =>
    index > 34 && index < 39 ? null : (70 + 40 * chance(index)) * slow(index),
  );
  const scaled = (by: number, seed: number) =>
    p50.map((one, index) => (one === null ? null : one * (by + chance(index + seed))));
  return {
    at: ago(now, 0),
    source: 'prometheus',
    atS,
    latencyMs: { p50, p95: scaled(2.4, 9), p99: scaled(4.2, 77) },
    errorRate: p50.map((one) => (one === null ? null : 0.001)),
    slo: { latencyMs: 1_000, latencyShare: 0.05, errorRate: 0.005 },
    burn: [
      burn(3_600_000, 300_000, [14.4, 18.2, 16.1]),
      burn(21_600_000, 1_800_000, [6, 4.1, 9.3]),
      burn(86_400_000, 7_200_000, [3, 1.2, 2.6]),
      burn(259_200_000, 21_600_000, [1, 0.41, null]),
    ],
  };
}

const burn = (
  longMs: number,
  shortMs: number,
  [threshold, long, short]: readonly [number, number | null, number | null],
) => ({
  ...{ longMs, shortMs, threshold, long, short },
  firing: long !== null && short !== null && long > threshold && short > threshold,
});

export function playedAudit(windowMs: number, now: number): Audit {
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const sums = [0, 0, 14, 210, 690, 1_330, 1_502, 1_561, 1_602, 1_614, 1_618];
  return {
    at: ago(now, 0),
    pod: 'ethtry-maker-executor-0',
    windowMs,
    orders: 1_620,
    acked: 1_598,
    shareNotAcked: 22 / 1_620,
    errorRate: 0.0062,
    byOutcome: { acked: 1_598, rejected: 12, unknown: 3, unsent: 7 },
    byErrorClass: { none: 1_598, rejected: 12, nonce: 1, '429': 4, '5xx': 2, timeout: 3 },
    placeLatencyS: {
      ...{ p50: 0.118, p95: 0.92, p99: 2.31, max: 10.4, over1s: 59 },
      buckets: [
        ...bounds.map((le, index) => ({ le, orders: sums[index] ?? 0 })),
        { le: '+Inf' as const, orders: 1_620 },
      ],
    },
    trend: Array.from({ length: 24 }, (_, index) => {
      const orders = index === 9 ? 0 : 60 + Math.floor(20 * chance(index));
      const errors = index > 15 ? Math.floor(4 * chance(index + 3)) : 0;
      return {
        ...{ orders, errors },
        from: ago(now, windowMs * (1 - index / 24)),
        errorRate: orders === 0 ? 0 : errors / orders,
      };
    }),
    denials: { RATE_ABOVE_LIMIT: 12, KILL_SWITCH_ACTIVE: 214, NOTIONAL_PER_SECOND: 2 },
  };
}

export function playedCalendar(venue: string, now: number): SessionCalendar {
  if (venue !== 'bist') {
    return { at: ago(now, 0), kind: 'always', source: null, version: null, endsOn: null, days: [] };
  }
  const days = Array.from({ length: 30 }, (_, index) => {
    const date = new Date(now + index * 86_400_000).toISOString().slice(0, 10);
    const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
    const kind =
      weekday === 0 || weekday === 6
        ? 'weekend'
        : index === 5
          ? 'half'
          : index === 6
            ? 'holiday'
            : 'full';
    const name =
      kind === 'holiday' ? 'Republic Day' : kind === 'half' ? 'Eve of Republic Day' : null;
    const open = kind === 'full' || kind === 'half';
    const phases = open
      ? [
          { phase: 'opening-call', from: '09:40', to: '09:55' },
          { phase: 'continuous', from: '10:00', to: kind === 'half' ? '12:30' : '18:00' },
        ]
      : [];
    return { date, kind, name, phases } as const;
  });
  const source = 'ConfigMap bist-calendar';
  return {
    at: ago(now, 0),
    kind: 'sessions',
    source,
    version: '2026-2',
    endsOn: '2026-12-31',
    days,
  };
}
