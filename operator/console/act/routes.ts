import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { KubeUnreachable } from '../../../crds/kube/call.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import type { ExecutorKey } from '../../../crds/names.ts';
import { Refusal } from '../../http/refusal.ts';
import type { World } from '../../reconcile/world.ts';
import type { Sight } from '../live/sight.ts';
import type { People } from '../session/people.ts';
import type { Sealed } from '../session/seal.ts';
import type { ActionResult } from '../wire/action.ts';
import { COOKIE, paths } from '../wire/paths.ts';
import { acknowledgement, type Decided, decide, kill, LOOSENING, type Patch } from './decide.ts';
import { changed, list, read, write } from './perform.ts';
import { type RecordOptions, recorded } from './record.ts';

export interface ActRouteOptions extends RecordOptions {
  readonly people: People;
  readonly sight: Sight;
  readonly world: Pick<World, 'incident'>;
  /** The API server as this person: every write goes this way. */
  readonly as: (person: Sealed) => KubeConnection;
}

const Why = z.string().transform((text) => text.replaceAll(/\p{Cc}+/gu, ' ').trim());
const WHY_MIN = 3;
const WHY_MAX = 256;
const Asked = z.strictObject({
  action: z.enum(['kill', 'unkill', 'stepDown', 'stepUp']).optional(),
  why: Why.default(''),
  typedName: z.string().optional(),
  uid: z.string().max(64).optional(),
});
type Asked = z.output<typeof Asked>;

interface OfOne {
  readonly Params: ExecutorKey;
}

/** What people do from the console: with their own token, by their own rights, and on record. */
export function actRoutes(app: FastifyInstance, options: ActRouteOptions): void {
  const { people, world, as } = options;

  app.post<OfOne>(paths.act, async ({ params, body, cookies }) => {
    const person = await people.holder(cookies[COOKIE]);
    const { namespace, name } = params;
    const asked = askedOf(body);
    const patch = await actOn(options, person, { key: { namespace, name }, asked });
    return resultOf({ namespace, name }, patch);
  });

  app.post<{ Params: { namespace: string } }>(paths.actNamespace, async (request) => {
    const person = await people.holder(request.cookies[COOKIE]);
    const asked = askedOf(request.body);
    if (asked.action !== 'kill') throw invalid('action: a whole namespace can only be killed');
    return killAll(options, person, { namespace: request.params.namespace, asked });
  });

  app.post<OfOne>(paths.acknowledge, async ({ params, body, cookies }) => {
    const person = await people.of(cookies[COOKIE]);
    const { namespace, name } = params;
    const asked = askedOf(body);
    if (asked.action !== undefined) throw invalid('action: leave it out when acknowledging');
    deliberate(asked, name);
    await options.sight.incident(person, { namespace, name });
    const incident = world.incident({ namespace, name });
    if (incident === undefined) throw new Refusal(404, 'NOT_FOUND', `no incident ${name}`);
    const key = { namespace, name: incident.spec.executor.name };
    const object = await read(as(person), key);
    if (asked.uid !== undefined && asked.uid !== object.metadata.uid) throw changed(key);
    const patch = patchOf(acknowledgement(object, incident, person.username));
    await done(options, person, { key, patch, asked });
    return resultOf({ namespace, name }, patch);
  });
}

interface Target {
  readonly key: ExecutorKey;
  readonly asked: Asked;
}

async function actOn(
  options: ActRouteOptions,
  person: Sealed,
  { key, asked }: Target,
): Promise<Patch> {
  const { action, uid } = asked;
  if (action === undefined) throw invalid('action: kill, unkill, stepDown or stepUp');
  if (LOOSENING.includes(action)) deliberate(asked, key.name);
  if (action === 'kill') return done(options, person, { key, patch: kill(uid), asked });
  const object = await read(options.as(person), key);
  if (uid !== undefined && uid !== object.metadata.uid) throw changed(key);
  return done(options, person, { key, patch: patchOf(decide(action, object)), asked });
}

async function done(
  options: ActRouteOptions,
  person: Sealed,
  { key, patch, asked }: Target & { readonly patch: Patch },
): Promise<Patch> {
  const { username: by } = person;
  try {
    const object = await write(options.as(person), key, patch);
    const why = asked.why.slice(0, WHY_MAX) || 'no reason given';
    void recorded(options, { object, patch, by, why }); // the next kill does not wait for it
    return patch;
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    options.log.warn({ by, ...key, what: patch.words, why }, 'refused from the console');
    throw err;
  }
}

/** How many writes are under way at once: a kill of hundreds must not queue behind itself. */
const AT_ONCE = 16;

/**
 * Whoever the API server lists for this person now; what is made after that is not among them. One
 * refusal hides nobody: each target says how it went.
 */
async function killAll(
  options: ActRouteOptions,
  person: Sealed,
  { namespace, asked }: { readonly namespace: string; readonly asked: Asked },
): Promise<ActionResult> {
  const keys = await list(options.as(person), namespace);
  if (keys.length === 0) throw new Refusal(404, 'NOT_FOUND', `no executor is in ${namespace}`);
  const targets: ActionResult['targets'][number][] = [];
  const rest = [...keys];
  const worker = async () => {
    for (let key = rest.shift(); key !== undefined; key = rest.shift()) {
      const patch = kill(undefined);
      const outcome = await done(options, person, { key, patch, asked }).then(
        () => ({ done: true, message: patch.words }),
        (cause: unknown) => ({ done: false, message: wordsOf(cause) }),
      );
      targets.push({ ...key, ...outcome });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { targets: targets.sort((a, b) => a.name.localeCompare(b.name)) };
}

function wordsOf(cause: unknown): string {
  if (cause instanceof KubeUnreachable) return UNHEARD;
  return cause instanceof Error ? cause.message : String(cause);
}

export const UNHEARD =
  'the API server has not answered, so it is not known whether this was done: look, and repeat it';

const resultOf = ({ namespace, name }: ExecutorKey, { words }: Patch): ActionResult => ({
  targets: [{ namespace, name, done: true, message: words }],
});

function patchOf(decided: Decided): Patch {
  if (decided.kind === 'patch') return decided.patch;
  throw new Refusal(409, 'NOTHING_TO_DO', decided.why);
}

/** What loosens needs the name and a reason; what tightens is never refused for the lack of either. */
function deliberate({ typedName, why }: Asked, name: string): void {
  if (typedName !== name) throw invalid(`typedName: type ${name} to do what loosens safety`);
  if (why.length >= WHY_MIN && why.length <= WHY_MAX) return;
  throw invalid(`why: must say why, in ${WHY_MIN} to ${WHY_MAX} characters`);
}

function askedOf(body: unknown): Asked {
  const asked = Asked.safeParse(body);
  if (asked.success) return asked.data;
  throw invalid(z.prettifyError(asked.error));
}

const invalid = (why: string): Refusal => new Refusal(422, 'INVALID', why);
