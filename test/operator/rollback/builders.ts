import { ACK_BUCKETS_S } from '../../../crds/ack-buckets.ts';
import type { EpochMs } from '../../../crds/clock.ts';
import type { ControlReport, RecentOrders } from '../../../crds/control.ts';
import { API_VERSION } from '../../../crds/names.ts';
import type { PendingAlert } from '../../../crds/status.ts';
import { type TradingExecutor, TradingExecutorSpec } from '../../../crds/trading-executor.ts';
import type { TradingIncident } from '../../../crds/trading-incident.ts';
import type { Alert } from '../../../operator/rollback/alert.ts';

export const at = (text: string): EpochMs => Date.parse(text) as EpochMs;
/** An instant of the day every test here happens on. */
export const clockTime = (time: string): EpochMs => at(`2026-11-23T${time}Z`);
export const stamp = (time: string): string => new Date(clockTime(time)).toISOString();

export const liveSpec = (rollback: object = {}): TradingExecutorSpec =>
  TradingExecutorSpec.parse({
    mode: 'live',
    venue: { name: 'btcturk', credentialsSecretRef: { name: 'key' } },
    rollback,
  });

export function anExecutor(rollback: object = {}, uid = 'uid-1'): TradingExecutor {
  return {
    apiVersion: API_VERSION,
    kind: 'TradingExecutor',
    metadata: { name: 'btc', namespace: 'desk', uid, resourceVersion: '1', generation: 1 },
    spec: liveSpec(rollback),
  };
}

export function anAlert(more: Partial<Alert> & { readonly start?: string } = {}): Alert {
  const { start = '02:59:00', ...rest } = more;
  return {
    status: 'firing',
    fingerprint: 'f1',
    name: 'PlaceAckLatencyRollback',
    labels: { namespace: 'desk', executor: 'btc', spark_trading_rollback: 'true' },
    startsAt: clockTime(start),
    muted: false,
    ...rest,
  };
}

export const pendingSince = (time: string, more: Partial<PendingAlert> = {}): PendingAlert => ({
  fingerprint: 'f1',
  alertname: 'PlaceAckLatencyRollback',
  since: stamp(time),
  lastSeen: stamp(time),
  ...more,
});

export function anIncident(name: string, more: Partial<TradingIncident> = {}): TradingIncident {
  return {
    apiVersion: API_VERSION,
    kind: 'TradingIncident',
    metadata: { name, namespace: 'desk', uid: `uid-${name}`, resourceVersion: '1' },
    spec: {
      executor: { name: 'btc', uid: 'uid-1' },
      alert: { name: 'PlaceAckLatencyRollback', fingerprint: 'f1', since: stamp('02:49:00') },
      decision: 'PlaceAckLatencyRollback has lasted 10 min',
      decidedAt: stamp('02:59:00'),
      before: { mode: 'live', killSwitch: false },
      after: { mode: 'paper', killSwitch: true },
    },
    ...more,
  };
}

/** Of these orders `within1s` were acknowledged within a second, and none much sooner. */
type Said = Partial<RecentOrders> & { readonly within1s?: number };

const said = ({ within1s = 0, ...recent }: Said): RecentOrders => {
  const buckets = ACK_BUCKETS_S.map((le) => ({ le, acked: le < 1 ? 0 : within1s }));
  return { windowMs: 300_000, orders: 0, acked: 0, buckets, ...recent };
};

export const aReport = (recent: Said = {}): ControlReport => ({
  executor: { namespace: 'desk', name: 'btc', uid: 'uid-1' },
  pod: 'btc-executor-0',
  version: { tag: 'v1.2-ramp', commit: 'abc', builtAt: stamp('01:00:00') },
  startedAt: stamp('02:00:00'),
  effective: null,
  resourceVersion: '1',
  generation: 1,
  seenAt: stamp('03:00:00'),
  controlAgeMs: 10,
  gate: 'open',
  shutReasons: [],
  gatedAt: null,
  flatAt: null,
  inFlight: 0,
  queued: 0,
  unknown: 0,
  openOrders: 0,
  credentials: 'present',
  lease: null,
  recent: [said(recent)],
});

/** Alertmanager's webhook body, version 4, with the fields newer versions add. */
export const payload = (alerts: readonly object[], more: object = {}) => ({
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'operator',
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager',
  notification_reason: 'first notification',
  alerts,
  ...more,
});

export const payloadAlert = (more: Record<string, unknown> = {}) => ({
  status: 'firing',
  labels: {
    alertname: 'PlaceAckLatencyRollback',
    namespace: 'desk',
    executor: 'btc',
    spark_trading_rollback: 'true',
  },
  annotations: { summary: 'slow' },
  startsAt: '2026-11-23T02:59:00.123456789Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus',
  fingerprint: 'f1',
  ...more,
});
