import { pino } from 'pino';
import { Registry } from 'prom-client';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import type { ControlReport } from '../../../crds/control.ts';
import { AlertingHealth } from '../../../operator/rollback/alerting-health.ts';
import { rollbackMetrics } from '../../../operator/rollback/metrics.ts';
import {
  type Rollback,
  type RollbackDeps,
  startRollback,
} from '../../../operator/rollback/rollback.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { FakeCluster } from './fake-cluster.ts';

export const silent = pino({ level: 'silent' });

export interface Desk extends RollbackDeps {
  readonly registry: Registry;
  readonly clock: ManualClock;
  reports: readonly ControlReport[];
}

/** What one replica of the operator is made of, with nothing real in it but the rollback. */
export function aDesk(cluster: FakeCluster, clock = new ManualClock()): Desk {
  const registry = new Registry();
  const desk: Desk = {
    cluster,
    clock,
    registry,
    random: () => 0.5,
    log: silent,
    metrics: rollbackMetrics(registry),
    health: new AlertingHealth(clock),
    isLeader: () => true,
    reports: [],
    control: async () => desk.reports,
    slo: cardSlo,
    webhookTokenFile: '/nowhere',
  };
  return desk;
}

/** Starts a replica that hears of every change, as its watches would tell it. */
export function aReplica(cluster: FakeCluster, deps: RollbackDeps): Rollback {
  const replica = startRollback(deps);
  const [onChange, onIncident] = [cluster.onChange, cluster.onIncident];
  cluster.onChange = (executor) => {
    onChange(executor);
    replica.onExecutor(executor);
  };
  cluster.onIncident = (incident) => {
    onIncident(incident);
    replica.onIncident(incident);
  };
  for (const incident of cluster.records.values()) replica.onIncident(incident);
  for (const executor of cluster.executors.values()) replica.onExecutor(executor);
  return replica;
}
