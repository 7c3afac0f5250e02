import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../crds/clock.ts';
import { inClusterConnection } from '../crds/kube/connection.ts';
import { EXECUTOR_PROBE_PORT, EXECUTOR_TLS_PORT } from '../crds/names.ts';
import { parseConfig } from './config.ts';
import { freeRatio } from './disk.ts';
import { Executor } from './executor.ts';
import { executorLog } from './log.ts';
import { runProcess } from './process.ts';
import { inCluster } from './surroundings.ts';
import { buildVersion } from './version.ts';

const DATA = '/var/lib/executor';
const CREDENTIALS = '/var/run/secrets/spark.trading/venue';
const STORE_URL = '/var/run/secrets/spark.trading/store/url';

/** The process of a pod: the environment says who it is, its TradingExecutor everything else. */
export async function run(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const parsed = parseConfig(env);
  if (!parsed.ok) {
    process.stderr.write(`${parsed.faults}\n`);
    process.exit(1);
  }
  const { key, pod, podIp, operator, api, credentialsSecret } = parsed.config;
  const log = executorLog({ executor: `${key.namespace}/${key.name}`, pod });
  const clock = systemClock;
  const surroundings = inCluster({
    ...{ key, pod, operator, clock, log },
    connection: inClusterConnection(api),
    lease: { secret: credentialsSecret },
    random: Math.random,
    newId: randomUUID,
  });
  await runProcess(
    log,
    (crash) =>
      new Executor({
        ...{ key, pod, log, clock, crash },
        version: buildVersion,
        surroundings,
        random: Math.random,
        newId: randomUUID,
        paths: { data: DATA, credentials: CREDENTIALS, storeUrl: STORE_URL },
        freeRatio,
        // Where IPv6 is switched off there is no `::` to listen on.
        listen: {
          host: podIp?.includes(':') ? '::' : '0.0.0.0',
          https: EXECUTOR_TLS_PORT,
          probes: EXECUTOR_PROBE_PORT,
        },
        journalWorker: pathToFileURL(process.argv[1] ?? ''),
        feedWorker: pathToFileURL(process.argv[1] ?? ''),
      }),
  );
}
