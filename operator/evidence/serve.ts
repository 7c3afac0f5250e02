import type { FastifyInstance } from 'fastify';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { readerOf } from '../http/reader.ts';
import { Refusal } from '../http/refusal.ts';
import { accessBy } from './access.ts';
import { readManifest } from './folder.ts';
import { MANIFEST, type Manifest } from './manifest.ts';
import { isPackName } from './pack-name.ts';
import { heldPacks, packFiles } from './packs.ts';
import { answered, send } from './send.ts';
import type { EvidenceStore, Files } from './store.ts';

export interface ServeOptions {
  readonly connection: KubeConnection;
  readonly store: EvidenceStore;
}

/** A bucket answers many questions as fast as one; a volume and the memory stay idle all the same. */
const MANIFESTS_AT_ONCE = 16;

/**
 * GET /evidence/incidents, …/<pack>/ and …/<pack>/<file>, for whoever may get the TradingIncidents
 * of the pack's namespace. A file is served only if the pack's manifest lists it, so no path of the
 * request ever reaches the store unchecked.
 */
export function evidenceRoutes(app: FastifyInstance, options: ServeOptions): void {
  const { connection, store } = options;
  app.get('/evidence/incidents', async (request) => {
    const reader = await readerOf(connection, request.headers.authorization);
    const mayRead = accessBy(connection);
    const packs = [];
    for (const { name, manifest } of await manifests(store)) {
      if (await mayRead(reader, manifest.namespace)) packs.push({ name, ...summary(manifest) });
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
      const { files, manifest } = await opened(options, headers.authorization, pack);
      const isListed = file === MANIFEST || manifest.files.some(({ name }) => name === file);
      if (!isListed) throw new Refusal(404, 'NOT_FOUND', 'the pack has no such file');
      return send(reply, file, await answered(files.read(file)));
    },
  );
}

/** Of all packs that have one, newest first. One that cannot be read must not hide the others. */
async function manifests(
  store: EvidenceStore,
): Promise<readonly { readonly name: string; readonly manifest: Manifest }[]> {
  const held = [...(await answered(heldPacks(store)))];
  const found = [];
  while (held.length > 0) {
    const some = held.splice(0, MANIFESTS_AT_ONCE).map(async ({ name }) => {
      const manifest = await readManifest(packFiles(store, name)).catch(() => undefined);
      return manifest === undefined ? [] : [{ name, manifest }];
    });
    found.push(...(await Promise.all(some)).flat());
  }
  return found;
}

async function opened(
  { connection, store }: ServeOptions,
  authorization: string | undefined,
  pack: string,
): Promise<{ files: Files; manifest: Manifest }> {
  const reader = await readerOf(connection, authorization);
  const files = packFiles(store, pack);
  const manifest = isPackName(pack) ? await answered(readManifest(files)) : undefined;
  if (manifest === undefined) throw new Refusal(404, 'NOT_FOUND', 'there is no such pack here');
  if (await accessBy(connection)(reader, manifest.namespace)) return { files, manifest };
  const right = `get tradingincidents.spark.trading in namespace ${manifest.namespace}`;
  throw new Refusal(403, 'FORBIDDEN', `${reader.username} may not ${right}`);
}

const summary = ({ incident, namespace, executor, startedAt, finishedAt, missing }: Manifest) => ({
  ...{ incident, namespace, executor, startedAt },
  complete: finishedAt !== undefined && missing.length === 0,
});
