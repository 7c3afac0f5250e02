import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { evidenceReader } from '../evidence/read.ts';
import type { OperatorOptions, Parts } from '../parts.ts';
import { strangersTo } from '../program.ts';
import { releaseTag } from '../version.ts';
import { startConsole } from './console.ts';
import { openNumbers } from './numbers/open.ts';

/** In the image the built page is in a folder beside the program. */
const PAGE = join(import.meta.dirname, 'console');

/** The console on this operator's server. Throws when its key file cannot be used. */
export async function serveConsole(
  app: FastifyInstance,
  options: OperatorOptions,
  { world, news, token, metrics }: Parts,
): Promise<void> {
  const { config, connection, clock, random, log } = options;
  const { evidenceUrl: url, evidenceCaFile: caFile, namespaces, prometheusUrl } = config;
  const { latencySeconds, latencySlowShare } = config.settings.slo;
  const strangers = strangersTo(config.api);
  app.addHook('onClose', () => strangers.close());
  await startConsole(app, {
    ...{ connection, strangers, world, news, clock, random, log },
    numbers: openNumbers({
      ...{ world, connection, namespaces, prometheusUrl, clock, random, log },
      registry: metrics.registry,
      slo: {
        latencyMs: latencySeconds * 1_000,
        latencyShare: latencySlowShare,
        errorRate: config.sloBudgets.errorRate,
      },
    }),
    evidence: url === undefined ? undefined : evidenceReader({ url, caFile }),
    executorToken: () => token.token(),
    keyFile: config.consoleKeyFile,
    pageFolder: PAGE,
    version: releaseTag,
    newId: () => randomBytes(16).toString('hex'),
  });
}
