import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../crds/clock.ts';
import { parseConfig } from './config.ts';
import { startOperator } from './operator.ts';
import { connectionTo, programLog } from './program.ts';

const parsed = parseConfig(process.argv.slice(2), process.env);
if (!parsed.ok) {
  process.stderr.write(`the operator's configuration is invalid:\n`);
  for (const fault of parsed.faults) process.stderr.write(`  ${fault}\n`);
  process.exit(1);
}
const { config } = parsed;
const log = programLog(config.logLevel);

try {
  const operator = await startOperator({
    config,
    connection: connectionTo(config.api),
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
