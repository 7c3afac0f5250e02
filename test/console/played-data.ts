import type { PodStatus } from '../../crds/status.ts';
import type { Mode } from '../../crds/trading-executor.ts';
import type { ExecutorRow, Firing, Trouble } from '../../operator/console/wire/overview.ts';

/** Where a played desk begins; everything else follows from it and from the row's number. */
export const BEGAN = Date.parse('2026-11-25T13:00:00.000Z');

export const HOSTILE = '<img src=x onerror="document.title=\'broken\'"><script>alert(1)</script>';

const NAMESPACES = ['desk-crypto', 'desk-arbitrage', 'desk-bist', 'desk-research'] as const;
const PAIRS = ['btctry', 'ethtry', 'usdttry', 'soltry', 'avaxtry', 'xrptry'] as const;
const STRATEGIES = ['maker', 'taker', 'hedge', 'grid', 'momentum'] as const;

/** The same for the same number: screenshots do not change from run to run. */
export function chance(seed: number): number {
  let x = (seed * 2654435761) >>> 0;
  x ^= x >>> 15;
  x = Math.imul(x, 2246822519) >>> 0;
  x ^= x >>> 13;
  return (x >>> 0) / 4294967296;
}

const at = (now: number, agoMs: number): string => new Date(now - agoMs).toISOString();

type Story = (row: ExecutorRow, now: number) => Partial<ExecutorRow>;

const pod = (row: ExecutorRow, state: PodStatus['state'], more: Partial<PodStatus> = {}) => ({
  name: `${row.name}-executor-0`,
  state,
  ready: true,
  version: row.version ?? 'v1.2-ramp',
  ...more,
});

const firing = (name: string, severity: string, since: string, summary: string): Firing => ({
  ...{ name, severity, since, summary },
});

const killed = { mode: 'paper', killSwitch: true, reason: 'KillSwitch' } as const;
const watch = (...reasons: string[]) => ({ state: 'WATCH', reasons }) as const;

/** What desks look like on a bad day; the first rows play one each. */
const stories: readonly Story[] = [
  (row, now) => ({
    declared: { ...row.declared, mode: 'live', killSwitch: true },
    effective: { ...killed, mode: 'live' },
    killedAt: at(now, 4_000),
    pods: [pod(row, 'Ungated')],
    troubles: ['KillNotConfirmed'],
    badge: watch('KillSwitch'),
  }),
  (row, now) => ({
    declared: { ...row.declared, mode: 'paper', killSwitch: true },
    effective: { ...killed, reason: 'RollbackLatched' },
    killedAt: at(now, 600_000),
    incident: `${row.name}-20261125125012`,
    pods: [pod(row, 'Gated', { gatedAt: at(now, 600_000 - 12), flatAt: at(now, 600_000 - 341) })],
    alerts: [
      firing('PlaceAckLatencyCritical', 'critical', at(now, 1_300_000), '11 % of orders over 1 s'),
      firing('PlaceAckLatencyWarning', 'warning', at(now, 1_500_000), '11 % of orders over 1 s'),
    ],
    latencyMs: { p50: 412, p95: 1_840, p99: 4_930 },
    budgetLeft: -0.213,
    troubles: ['RolledBack', 'CriticalAlert'],
    badge: watch('RollbackLatched', 'KillSwitch', 'SlowAcks'),
  }),
  (row) => ({
    pods: [pod(row, 'Unreachable', { ready: false })],
    latencyMs: { p50: null, p95: null, p99: null },
    unknownOrders: null,
    troubles: ['Unreachable', 'NotReady'],
    badge: watch('NoAnswer', 'NoTraffic'),
  }),
  (_, now) => ({
    unknownOrders: 3,
    alerts: [firing('UnknownOrders', 'critical', at(now, 90_000), '3 orders without an outcome')],
    troubles: ['CriticalAlert', 'UnknownOrders'],
    badge: watch('SlowAcks'),
    latencyMs: { p50: 230, p95: 1_120, p99: 2_400 },
    budgetLeft: 0.048,
  }),
  (row, now) => ({
    declared: { ...row.declared, killSwitch: true },
    effective: { ...killed, mode: row.declared.mode },
    killedAt: at(now, 86_400_000),
    pods: [pod(row, 'Gated', { gatedAt: at(now, 86_400_000 - 9) })],
    troubles: ['Killed'],
    badge: watch('KillSwitch'),
  }),
  (row) => ({
    declared: { ...row.declared, mode: 'live' },
    effective: { mode: 'trickle', killSwitch: false, reason: 'LadderHolding' },
  }),
  (row) => ({
    version: 'v1.1.9',
    pods: [pod(row, 'Open', { version: 'v1.1.9' })],
    troubles: ['Watch'],
    badge: watch('VersionMismatch'),
  }),
  (_, now) => ({
    alerts: [firing('FeedStale', 'warning', at(now, 240_000), HOSTILE)],
    troubles: ['Warning'],
  }),
  () => ({ badge: watch('NoTraffic'), latencyMs: { p50: null, p95: null, p99: null } }),
  () => ({ effective: null, pods: [], badge: watch('NoAnswer', HOSTILE), version: null }),
];

/** One executor of a played desk. From the tenth on most are well, one in forty is not. */
export function playedRow(number: number, now: number): ExecutorRow {
  const namespace = NAMESPACES[number % NAMESPACES.length] ?? 'desk-crypto';
  const pair = PAIRS[Math.floor(number / 3) % PAIRS.length];
  const strategy = STRATEGIES[Math.floor(number / 7) % STRATEGIES.length];
  const mode = (['live', 'live', 'trickle', 'paper'] as const)[number % 4] as Mode;
  const p50 = 40 + 140 * chance(number);
  const plain: ExecutorRow = {
    namespace,
    name: `${pair}-${strategy}-${String(number).padStart(3, '0')}`,
    uid: `7d1f${String(number).padStart(4, '0')}-5c1e-4f0a-9b6e-2f0d6a1c${String(number).padStart(4, '0')}`,
    venue: namespace === 'desk-bist' ? 'bist' : 'btcturk',
    declared: { mode, killSwitch: false, version: 'v1.2-ramp' },
    effective: { mode, killSwitch: false, reason: 'AsDeclared' },
    badge: { state: 'STABLE', reasons: [] },
    pods: [],
    killedAt: null,
    latencyMs: { p50, p95: p50 * 3.1, p99: p50 * 5.2 },
    budgetLeft: 0.6 + 0.39 * chance(number + 1),
    alerts: [],
    unknownOrders: 0,
    version: 'v1.2-ramp',
    incident: null,
    deleting: false,
    troubles: [] as Trouble[],
  };
  const open = { ...plain, pods: [pod(plain, 'Open')] };
  const chosen = number < 10 ? number : chance(number + 7) < 1 / 40 ? number % 10 : -1;
  return { ...open, ...stories[chosen]?.(open, now) };
}

export const playedRows = (many: number, now: number): ExecutorRow[] =>
  Array.from({ length: many }, (_, number) => playedRow(number, now));
