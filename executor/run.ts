import { randomUUID } from 'node:crypto';
import { setDefaultResultOrder } from 'node:dns';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../crds/clock.ts';
import { inClusterConnection } from '../crds/kube/connection.ts';
import { EXECUTOR_PROBE_PORT, EXECUTOR_TLS_PORT } from '../crds/names.ts';
import { parseConfig } from './config.ts';
import { Executor } from './executor.ts';
import { executorLog } from './log.ts';
import { buildVersion } from './version.ts';

const DATA = '/var/lib/executor';
const CREDENTIALS = '/var/run/secrets/spark.trading/venue';

/** The process: environment, signals, and what ends it. */
export async function run(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const parsed = parseConfig(env);
  if (!parsed.ok) {
    process.stderr.write(`${parsed.faults}\n`);
    process.exit(1);
  }
  const { key, pod, podIp, operator, api } = parsed.config;
  setDefaultResultOrder('ipv4first');
  const log = executorLog({ executor: `${key.namespace}/${key.name}`, pod });
  const crash = (fault: unknown): never => {
    log.fatal({ err: fault }, 'a broken invariant; the process ends');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const executor = new Executor({
    ...{ key, pod, operator, log, crash },
    version: buildVersion,
    connection: inClusterConnection(api),
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    paths: { data: DATA, credentials: CREDENTIALS },
    // Where IPv6 is switched off there is no `::` to listen on.
    listen: {
      host: podIp?.includes(':') ? '::' : '0.0.0.0',
      https: EXECUTOR_TLS_PORT,
      probes: EXECUTOR_PROBE_PORT,
    },
    journalWorker: pathToFileURL(process.argv[1] ?? ''),
    feedWorker: pathToFileURL(process.argv[1] ?? ''),
  });
  const drain = (signal: string) => {
    log.info({ signal }, 'asked to stop');
    executor.stop().then(() => process.exit(0), crash);
  };
  process.once('SIGTERM', drain);
  process.once('SIGINT', drain);
  await executor.start();
}
