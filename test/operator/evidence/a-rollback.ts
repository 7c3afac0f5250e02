import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { evidenceServer } from '../../../operator/evidence/client.ts';
import { MARK } from '../../../operator/rollback/incident.ts';
import { HastyClock } from '../../crds/hasty-clock.ts';
import { anExecutor } from '../rollback/builders.ts';
import { aDesk, aReplica } from '../rollback/desk.ts';
import { FakeCluster } from '../rollback/fake-cluster.ts';
import { INCIDENT, rolledBack } from '../rollback/world.ts';
import { OPERATOR_TOKEN, shows, type Tls } from './evidence-server.ts';
import type { Site } from './site.ts';

export const PACK = '2026-11-23T03-10-00Z-btc';
export const LINK = `https://evidence.example/evidence/incidents/${PACK}/`;
export const PATIENCE = { timeout: 10_000, interval: 20 };

interface Where {
  readonly tls: Tls;
  /** Of the evidence server. */
  readonly port: number;
  readonly cluster?: FakeCluster | undefined;
}

/** A replica that has evidence collected at `port`, and a rollback that it went through with. */
export async function aRollback(site: Site, { tls, port, cluster = new FakeCluster() }: Where) {
  shows(site, cluster);
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(line) });
  const evidence = evidenceServer({
    ...{ url: `https://localhost:${port}`, caFile: tls.caFile, clock: new HastyClock(), log },
    self: site.asked.self,
    executorToken: async () => OPERATOR_TOKEN,
  });
  const desk = { ...aDesk(cluster), evidence, log };
  const replica = aReplica(cluster, desk);
  if (cluster.executors.size === 0) {
    cluster.put(anExecutor());
    await rolledBack({ cluster, desk, replica });
  }
  return { cluster, replica, logged };
}

/** What the incident's timeline says of its evidence. */
export const lineOf = (cluster: FakeCluster): string | undefined =>
  cluster.records
    .get(`desk/${INCIDENT}`)
    ?.status?.timeline?.find(({ what }) => what.startsWith(MARK.evidence))?.what;

export const recorded = (cluster: FakeCluster) =>
  vi.waitFor(() => expect(lineOf(cluster)).toBeDefined(), PATIENCE);

export const linked = (cluster: FakeCluster) =>
  vi.waitFor(() => expect(cluster.btc.status?.rollback?.evidence).toBe(LINK), PATIENCE);

export function expectRolledBack({ btc, events }: FakeCluster): void {
  expect(btc.status?.rollback).toMatchObject({ latched: true, incident: INCIDENT });
  expect(btc.spec).toMatchObject({ mode: 'paper', killSwitch: true });
  expect(events.size).toBeGreaterThan(0);
}
