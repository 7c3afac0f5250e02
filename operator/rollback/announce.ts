import { createHash } from 'node:crypto';
import type { EpochMs } from '../../crds/clock.ts';
import { ACKNOWLEDGE_ANNOTATION, API_VERSION } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { instant } from './instant.ts';

/** core/v1 Event; `kubectl describe tradingexecutor` shows it. */
export interface KubeEvent {
  readonly apiVersion: 'v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [field: string]: unknown;
}

export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  /** RolledBack, RollbackAcknowledged, AcknowledgementRefused. */
  readonly reason: string;
  readonly message: string;
  /** What makes it this announcement and no other: the same gives the same name, written once. */
  readonly once: string;
}

/** What people read in `kubectl describe` when a rollback has happened, and how it ends. */
export function rolledBack(
  executor: TradingExecutor,
  { metadata, spec }: Pick<TradingIncident, 'spec'> & { readonly metadata: { name: string } },
  now: EpochMs,
): KubeEvent {
  const { name, namespace } = executor.metadata;
  const message = `${spec.decision}. Nothing but an acknowledgement releases it: kubectl annotate --overwrite tex ${name} -n ${namespace} ${ACKNOWLEDGE_ANNOTATION}=${metadata.name}`;
  const told = { type: 'Warning', reason: 'RolledBack', message, once: metadata.name } as const;
  return announcement(executor, told, now);
}

export function announcement(
  executor: TradingExecutor,
  { type, reason, message, once }: Announcement,
  now: EpochMs,
): KubeEvent {
  const { name, namespace, uid } = executor.metadata;
  const digest = createHash('sha256').update(`${uid}/${reason}/${once}`).digest('hex').slice(0, 16);
  const at = instant(now);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, 230)}.${digest}`, namespace },
    involvedObject: { apiVersion: API_VERSION, kind: 'TradingExecutor', name, namespace, uid },
    type,
    reason,
    message: message.slice(0, 1_024),
    source: { component: 'trading-executor-operator' },
    reportingComponent: 'trading-executor-operator',
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}
