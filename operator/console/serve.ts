import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { evidenceReader } from '../evidence/read.ts';
import type { OperatorOptions, Parts } from '../parts.ts';
import { strangersTo } from '../program.ts';
import { releaseTag } from '../version.ts';
import { startConsole } from './console.ts';
import { noNumbers } from './no-numbers.ts';

/** In the image the built page is in a folder beside the program. */
const PAGE = join(import.meta.dirname, 'console');

/** The console on this operator's server. Throws when its key file cannot be used. */
export async function serveConsole(
  app: FastifyInstance,
  { config, connection, clock, random, log }: OperatorOptions,
  { world, news, token }: Parts,
): Promise<void> {
  const { evidenceUrl: url, evidenceCaFile: caFile } = config;
  const strangers = strangersTo(config.api);
  app.addHook('onClose', () => strangers.close());
  await startConsole(app, {
    ...{ connection, strangers, world, news, clock, random, log },
    numbers: noNumbers(config.prometheusUrl === undefined ? 'executors' : 'prometheus'),
    evidence: url === undefined ? undefined : evidenceReader({ url, caFile }),
    executorToken: () => token.token(),
    keyFile: config.consoleKeyFile,
    pageFolder: PAGE,
    version: releaseTag,
    newId: () => randomBytes(16).toString('hex'),
  });
}
