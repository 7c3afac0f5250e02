import { randomBytes, randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { freeRatio } from '../disk.ts';
import { Executor } from '../executor.ts';
import { lockFile } from '../journal/lock.ts';
import { executorLog } from '../log.ts';
import { runProcess } from '../process.ts';
import { buildVersion } from '../version.ts';
import { parseStandalone, type StandaloneConfig } from './config.ts';
import { foundKill, readKill } from './kill-file.ts';
import { help, notice } from './notice.ts';
import { insideKubernetes } from './refuse.ts';
import { alone, killFile } from './surroundings.ts';
import { foundTokens, parseTokens } from './token-file.ts';

const KEY: ExecutorKey = { namespace: 'standalone', name: 'executor' };
const TOKEN_BYTES = 24;
/** Permission bits of everybody but the owner. */
const OTHERS = 0o077;

/** The process of an executor without a cluster: the environment says everything. */
export async function runAlone(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Promise<void> {
  if (args.includes('--help')) return void process.stdout.write(help);
  const unknown = args.filter((arg) => arg !== '--standalone');
  if (unknown.length > 0) end(`${unknown.join(' ')}: is not known here; see --standalone --help`);
  const refusal = insideKubernetes(env, existsSync);
  if (refusal !== undefined) end(refusal);
  const parsed = parseStandalone(env);
  if (!parsed.ok) end(parsed.faults);
  const { config } = parsed;
  await furnish(config);
  const log = executorLog({ executor: 'standalone' });
  const clock = systemClock;
  const { data, credentials, storeUrl } = config;
  const paths = { data, credentials, storeUrl };
  const ports = await runProcess(
    log,
    (crash) =>
      new Executor({
        ...{ key: KEY, log, clock, crash, paths },
        listen: config.listen,
        freeRatio,
        pod: `process ${process.pid} on ${hostname()}`,
        version: buildVersion,
        surroundings: alone({ key: KEY, ...config, clock, log }),
        random: Math.random,
        newId: randomUUID,
        journalWorker: pathToFileURL(process.argv[1] ?? ''),
        feedWorker: pathToFileURL(process.argv[1] ?? ''),
      }),
  ).catch((fault: NodeJS.ErrnoException) => {
    if (fault.syscall !== 'listen') throw fault;
    return end(`${fault.message}; choose another LISTEN or PROBES_PORT`);
  });
  const certificate = readFileSync(join(config.data, 'tls', 'tls.crt'), 'utf8');
  const kill = await readKill(killFile(config.data));
  const hasKey = existsSync(join(config.credentials, 'privateKey'));
  process.stderr.write(notice({ config, certificate, ports, kill, hasKey }));
}

/** A new data folder gets its kill file and, unless told where they are, its tokens. */
async function furnish({ data, tokens }: StandaloneConfig): Promise<void> {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    accessSync(data, constants.W_OK);
  } catch (fault) {
    end(`DATA_DIR cannot be written: ${(fault as Error).message}`);
  }
  const isNew = !existsSync(lockFile(data));
  if (isNew) await foundKill(killFile(data), new Date(systemClock.wall()).toISOString());
  if (tokens.isOurs && !existsSync(tokens.path)) {
    foundTokens(tokens.path, () => randomBytes(TOKEN_BYTES).toString('hex'));
  }
  let text: string;
  try {
    text = readFileSync(tokens.path, 'utf8');
  } catch (fault) {
    end(`TOKENS_FILE cannot be read: ${(fault as Error).message}`);
  }
  const parsed = parseTokens(text);
  if (!parsed.ok) end(`${tokens.path} is not right\n${parsed.faults}`);
  if ((statSync(tokens.path).mode & OTHERS) !== 0) {
    process.stderr.write(`${tokens.path} can be read by others: chmod 600 it\n`);
  }
}

function end(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
