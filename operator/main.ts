import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { systemClock } from '../crds/clock.ts';
import {
  inClusterConnection,
  type KubeConnection,
  kubeconfigConnection,
} from '../crds/kube/connection.ts';
import { type Config, parseConfig } from './config.ts';
import { startOperator } from './operator.ts';

const parsed = parseConfig(process.argv.slice(2), process.env);
if (!parsed.ok) {
  process.stderr.write(`the operator's configuration is invalid:\n`);
  for (const fault of parsed.faults) process.stderr.write(`  ${fault}\n`);
  process.exit(1);
}
const { config } = parsed;
const log: Logger = pino({
  level: config.logLevel,
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: ['authorization', '*.authorization', 'token', '*.token', '*.headers.authorization'],
});

function connect({ api }: Config): KubeConnection {
  return api.kind === 'in-cluster'
    ? inClusterConnection(api)
    : kubeconfigConnection(readFileSync(api.path, 'utf8'));
}

try {
  const operator = await startOperator({
    config,
    connection: connect(config),
    clock: systemClock,
    random: Math.random,
    identity: `${config.podName ?? hostname()}_${randomBytes(4).toString('hex')}`,
    log,
  });
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    operator.stop().then(
      () => process.exit(0),
      (err) => {
        log.error({ err }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const why = await operator.ended;
  if (!stopping) {
    // Not in order on purpose: another process may lead by now, and nothing here may write again.
    log.error({ why }, 'no longer the leader; ending');
    process.exit(1);
  }
} catch (err) {
  log.fatal({ err }, 'the operator could not start');
  process.exit(1);
}
