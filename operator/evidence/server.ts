import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { followKeyPair, readKeyPair } from '../http/certificate.ts';
import { operatorServer } from '../http/server.ts';
import { probeServer } from '../probes.ts';
import { rollbackCluster } from '../rollback/cluster.ts';
import { consoleCamera } from './camera.ts';
import { Collector } from './collector.ts';
import type { EvidenceConfig } from './config.ts';
import { handInRoutes } from './hand-in.ts';
import { KeptAlerts } from './kept-alerts.ts';
import { operatorOnly } from './operator-only.ts';
import { orderRoute } from './order.ts';
import { heldPacks } from './packs.ts';
import { s3Store } from './s3/store.ts';
import { evidenceRoutes } from './serve.ts';
import type { EvidenceStore } from './store.ts';
import { ungatedRoutes } from './ungated.ts';
import { volumeStore } from './volume.ts';
import { writableRoute } from './writable.ts';

export interface EvidenceServerOptions {
  readonly config: EvidenceConfig;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

export interface EvidenceServer {
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Does not wait for packs: one that is cut off goes on when it is asked for again. */
  stop(): Promise<void>;
}

/** The one process that collects packs and serves them. It writes nothing to the API server. */
export async function startEvidenceServer(options: EvidenceServerOptions): Promise<EvidenceServer> {
  const { config, connection, clock, log } = options;
  const stopping = new AbortController();
  const cluster = rollbackCluster(connection);
  const store = storeOf(options);
  const alerts = new KeptAlerts(store);
  const camera = config.camera && consoleCamera(config.camera, clock);
  const sources = { connection, cluster, alerts, store, camera };
  const collector = new Collector({ ...config, ...sources, clock, log });
  const { app, renew } = operatorServer(await readKeyPair(config.tlsDir), log);
  evidenceRoutes(app, { connection, store });
  ungatedRoutes(app, { connection, store });
  const operator = operatorOnly(connection, config.operatorServiceAccount);
  orderRoute(app, { operator, cluster, collector });
  handInRoutes(app, { operator, alerts, store });
  writableRoute(app, { store, clock });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const well = () => undefined;
  const probes = probeServer(registry, { alive: well, ready: well });
  await app.listen({ host: '::', port: config.httpsPort });
  probes.listen(config.httpPort, '::');
  await once(probes, 'listening');
  // known now rather than at the first rollback
  heldPacks(store).catch((err) => log.error({ err }, 'the store of evidence cannot be read'));
  void followKeyPair(config.tlsDir, renew, { clock, log, signal: stopping.signal });
  return {
    httpsPort: (app.server.address() as AddressInfo).port,
    httpPort: (probes.address() as AddressInfo).port,
    async stop() {
      stopping.abort(new Error('the evidence server is stopping'));
      app.server.closeAllConnections();
      probes.close();
      probes.closeAllConnections();
      await app.close();
      await store.close();
      await connection.close();
    },
  };
}

function storeOf({ config: { storage }, clock, random }: EvidenceServerOptions): EvidenceStore {
  if (storage.type === 'volume') return volumeStore(storage.evidenceDir);
  return s3Store({ place: storage.place, clock, random });
}
