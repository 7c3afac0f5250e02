import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { readerOf } from '../http/reader.ts';
import { Refusal } from '../http/refusal.ts';
import { accessBy } from './access.ts';
import { incidentsFolder, isPackName, packNames, readManifest } from './folder.ts';
import { MANIFEST, type Manifest } from './manifest.ts';

export interface ServeOptions {
  readonly connection: KubeConnection;
  readonly evidenceDir: string;
}

/**
 * GET /evidence/incidents, …/<pack>/ and …/<pack>/<file>, for whoever may get the TradingIncidents
 * of the pack's namespace. A file is served only if the pack's manifest lists it, so no path of the
 * request ever reaches the file system unchecked.
 */
export function evidenceRoutes(app: FastifyInstance, options: ServeOptions): void {
  const { connection, evidenceDir } = options;
  app.get('/evidence/incidents', async (request) => {
    const reader = await readerOf(connection, request.headers.authorization);
    const mayRead = accessBy(connection);
    const packs = [];
    for (const name of await packNames(evidenceDir)) {
      const folder = join(incidentsFolder(evidenceDir), name);
      // one that cannot be read must not hide the others
      const manifest = await readManifest(folder).catch(() => undefined);
      if (manifest === undefined || !(await mayRead(reader, manifest.namespace))) continue;
      packs.push({ name, ...summary(manifest) });
    }
    return { packs };
  });

  interface PackParams {
    readonly Params: { readonly pack: string };
  }
  const contents = async (authorization: string | undefined, pack: string) =>
    (await opened(options, authorization, pack)).manifest;
  for (const url of ['/evidence/incidents/:pack', '/evidence/incidents/:pack/']) {
    app.get<PackParams>(url, ({ headers, params }) => contents(headers.authorization, params.pack));
  }

  app.get<{ Params: { pack: string; file: string } }>(
    '/evidence/incidents/:pack/:file',
    async ({ headers, params: { pack, file } }, reply) => {
      const { folder, manifest } = await opened(options, headers.authorization, pack);
      const isListed = file === MANIFEST || manifest.files.some(({ name }) => name === file);
      if (!isListed) throw new Refusal(404, 'NOT_FOUND', 'the pack has no such file');
      return send(reply, join(folder, file));
    },
  );
}

async function opened(
  { connection, evidenceDir }: ServeOptions,
  authorization: string | undefined,
  pack: string,
): Promise<{ folder: string; manifest: Manifest }> {
  const reader = await readerOf(connection, authorization);
  const folder = join(incidentsFolder(evidenceDir), pack);
  const manifest = isPackName(pack) ? await readManifest(folder) : undefined;
  if (manifest === undefined) throw new Refusal(404, 'NOT_FOUND', 'there is no such pack here');
  if (await accessBy(connection)(reader, manifest.namespace)) return { folder, manifest };
  const right = `get tradingincidents.spark.trading in namespace ${manifest.namespace}`;
  throw new Refusal(403, 'FORBIDDEN', `${reader.username} may not ${right}`);
}

const summary = ({ incident, namespace, executor, startedAt, finishedAt, missing }: Manifest) => ({
  ...{ incident, namespace, executor, startedAt },
  complete: finishedAt !== undefined && missing.length === 0,
});

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
};

/** Never as a page: a log may hold what a browser would run. Never through a symbolic link. */
async function send(reply: FastifyReply, path: string): Promise<FastifyReply> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause) => {
    throw new Refusal(404, 'NOT_FOUND', 'the file is no longer there', { cause });
  });
  return reply
    .type(TYPES[extname(path)] ?? 'text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store')
    .send(file.createReadStream());
}
