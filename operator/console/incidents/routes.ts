import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock } from '../../../crds/clock.ts';
import type { ExecutorKey } from '../../../crds/names.ts';
import type { TradingIncident } from '../../../crds/trading-incident.ts';
import { MANIFEST, type Manifest } from '../../evidence/manifest.ts';
import type { EvidenceReader } from '../../evidence/read.ts';
import { Refusal } from '../../http/refusal.ts';
import type { World } from '../../reconcile/world.ts';
import type { Board } from '../live/board.ts';
import { mayOf } from '../live/executor.ts';
import type { Sight } from '../live/sight.ts';
import { ReadsAtOnce } from '../reads-at-once.ts';
import type { People, Person } from '../session/people.ts';
import type { May } from '../wire/executor.ts';
import type { EvidencePack } from '../wire/incident.ts';
import { COOKIE, paths } from '../wire/paths.ts';
import { TAR_END, tarEntry } from './tar.ts';
import { type Evidence, linked, packlessWhy, packOf, view } from './view.ts';

export interface IncidentRouteOptions {
  readonly people: People;
  readonly sight: Sight;
  readonly world: Pick<World, 'incident' | 'incidents'>;
  readonly board: Pick<Board, 'at'>;
  /** undefined: this operator has no evidence server. */
  readonly evidence: EvidenceReader | undefined;
  readonly clock: Clock;
}

interface OfOne<More = unknown> {
  readonly Params: ExecutorKey & More;
}

const ARCHIVE = 'pack.tar.gz';
/** Of an incident that holds nothing any more. */
const NOTHING_LEFT: May = { patch: false, acknowledge: false };
const NO_SERVER = 'this operator has no evidence server';

/** Incidents and their evidence, for whoever may read them with kubectl. */
export function incidentRoutes(app: FastifyInstance, options: IncidentRouteOptions): void {
  const { people, sight, world, board } = options;
  const seen = async (cookie: string | undefined, { namespace, name }: ExecutorKey) => {
    const person = await people.of(cookie);
    await sight.incident(person, { namespace, name });
    const incident = world.incident({ namespace, name });
    if (incident !== undefined) return { person, incident };
    throw new Refusal(404, 'NOT_FOUND', `there is no incident ${namespace}/${name}`);
  };

  app.get(paths.incidents, async ({ cookies }) => list(options, await people.of(cookies[COOKIE])));

  app.get<OfOne>(paths.incident, async ({ cookies, params }) => {
    const { person, incident } = await seen(cookies[COOKIE], params);
    const [may, evidence] = await Promise.all([
      mayOf(people, person, executorOf(incident)),
      asked(options, incident, person),
    ]);
    return view({ at: board.at(), incident, may, evidence });
  });

  app.get<OfOne>(paths.evidence, async ({ cookies, params }): Promise<EvidencePack> => {
    const { person, incident } = await seen(cookies[COOKIE], params);
    const { pack, reader } = packIn(options, incident);
    return indexOf(pack, await reader.manifest(pack, person.token));
  });

  const reads = new ReadsAtOnce(options.clock, 'files of evidence');
  app.get<OfOne<{ file: string }>>(`${paths.evidence}/:file`, async (request, reply) => {
    const { person, incident } = await seen(request.cookies[COOKIE], request.params);
    const { pack, reader } = packIn(options, incident);
    const { file } = request.params;
    reads.begin(reply.raw);
    if (file === ARCHIVE) return archive(options, reply, { pack, reader, person });
    const { type, bytes } = await reader.file(pack, file, person.token);
    // a picture is shown by the page, everything else is text to it
    return reply.type(file.endsWith('.png') ? 'image/png' : type).send(bytes);
  });
}

/** Those the person may list, the newest first; nobody else is asked about their packs. */
async function list({ people, sight, world, board }: IncidentRouteOptions, person: Person) {
  const all = world.incidents();
  const namespaces = all.map(({ metadata }) => metadata.namespace);
  const visible = await sight.namespaces(person, namespaces, 'incidents');
  const listed = all.filter(({ metadata }) => visible.has(metadata.namespace));
  const at = board.at();
  const incidents = await Promise.all(
    listed.map(async (incident) => {
      const isOpen = incident.status?.acknowledged === undefined;
      const may = isOpen ? await mayOf(people, person, executorOf(incident)) : NOTHING_LEFT;
      return view({ at, incident, may, evidence: linked(incident) });
    }),
  );
  incidents.sort((a, b) => b.spec.decidedAt.localeCompare(a.spec.decidedAt));
  return { at, incidents };
}

const executorOf = ({ metadata, spec }: TradingIncident): ExecutorKey => ({
  namespace: metadata.namespace,
  name: spec.executor.name,
});

/** Whether the pack is there now, and this person may read it. */
async function asked(
  { evidence }: IncidentRouteOptions,
  incident: TradingIncident,
  person: Person,
): Promise<Evidence> {
  const pack = packOf(incident);
  if (pack === undefined) return linked(incident);
  if (evidence === undefined) return { pack: null, why: NO_SERVER };
  try {
    await evidence.manifest(pack, person.token);
    return { pack, why: null };
  } catch (cause) {
    return { pack: null, why: cause instanceof Error ? cause.message : String(cause) };
  }
}

function packIn({ evidence: reader }: IncidentRouteOptions, incident: TradingIncident) {
  const pack = packOf(incident);
  if (pack === undefined) throw new Refusal(404, 'NO_PACK', packlessWhy(incident));
  if (reader !== undefined) return { pack, reader };
  throw new Refusal(404, 'NO_EVIDENCE_SERVER', NO_SERVER);
}

const indexOf = (pack: string, manifest: Manifest): EvidencePack => ({
  pack,
  complete: manifest.finishedAt !== undefined && manifest.missing.length === 0,
  missing: manifest.missing,
  files: manifest.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
});

interface Packed {
  readonly pack: string;
  readonly reader: EvidenceReader;
  readonly person: Person;
}

/** Streamed: one file of the pack at a time is in memory. */
async function archive(
  { clock }: IncidentRouteOptions,
  reply: FastifyReply,
  packed: Packed,
): Promise<FastifyReply> {
  const manifest = await packed.reader.manifest(packed.pack, packed.person.token);
  const names = [MANIFEST, ...manifest.files.map(({ name }) => name)];
  const entries = Readable.from(entriesOf(packed, names, Math.floor(clock.wall() / 1_000)));
  const gzip = createGzip();
  entries.on('error', (cause) => gzip.destroy(cause)); // cut off, so that nobody takes it for whole
  return reply
    .type('application/gzip')
    .header('content-disposition', `attachment; filename="${packed.pack}.tar.gz"`)
    .send(entries.pipe(gzip));
}

async function* entriesOf(
  { pack, reader, person }: Packed,
  names: readonly string[],
  mtimeS: number,
): AsyncGenerator<Buffer> {
  for (const name of names) {
    const { bytes } = await reader.file(pack, name, person.token);
    yield tarEntry(pack, { name, bytes }, mtimeS);
  }
  yield TAR_END;
}
