import { systemClock } from '../../crds/clock.ts';
import { connectionTo, programLog } from '../program.ts';
import { parseEvidenceConfig } from './config.ts';
import { startEvidenceServer } from './server.ts';

const parsed = parseEvidenceConfig(process.argv.slice(2), process.env);
if (!parsed.ok) {
  process.stderr.write(`the evidence server's configuration is invalid:\n`);
  for (const fault of parsed.faults) process.stderr.write(`  ${fault}\n`);
  process.exit(1);
}
const { config } = parsed;
const log = programLog(config.logLevel);
const connection = connectionTo(config.api);

try {
  const shell = { connection, clock: systemClock, random: Math.random, log };
  const server = await startEvidenceServer({ config, ...shell });
  log.info({ port: server.httpsPort, storage: config.storage }, 'serving evidence');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.stop().then(
        () => process.exit(0),
        (err) => {
          log.error({ err }, 'could not stop in order');
          process.exit(1);
        },
      );
    });
  }
} catch (err) {
  log.fatal({ err }, 'the evidence server could not start');
  process.exit(1);
}
