import type { Answer, Call } from '../../../crds/kube/call.ts';
import type { Cluster } from '../../../operator/cluster.ts';
import type { ChildKind } from '../../../operator/desired/child.ts';
import type { Live } from '../../../operator/reconcile/observed.ts';
import { defaulted } from './defaults.ts';
import { isObject, type JsonObject, merged, patched } from './merge.ts';

interface Stored {
  readonly body: JsonObject;
  /** What the one field manager there is has applied. */
  readonly applied: JsonObject;
}

const ok = (body: unknown, status = 200): Answer<never> => ({
  ...{ ok: true, status, body: body as never },
});
const refused = (status: number, reason: string, message = ''): Answer<never> => ({
  ...{ ok: false, status, reason, message },
});

/** The part of an API server that writes of children meet: server-side apply, defaults, conflicts. */
export class ModelApiServer {
  readonly #objects = new Map<string, Stored>();
  /** Writes that changed something. */
  readonly changes: string[] = [];
  #uid = 0;

  /** As `perform` needs it. */
  get cluster(): Cluster {
    return { write: async (request: Call) => this.#write(request) } as unknown as Cluster;
  }

  has = (path: string): boolean => this.#objects.has(path);
  paths = (): readonly string[] => [...this.#objects.keys()];
  body = (path: string): JsonObject | undefined => this.#objects.get(path)?.body;
  state = (): string => JSON.stringify([...this.#objects].map(([path, { body }]) => [path, body]));

  /** Children, without the Leases. */
  live(): readonly Live[] {
    const bodies = [...this.#objects.values()].map(({ body }) => body);
    return bodies
      .filter(({ kind }) => kind !== 'Lease')
      .map(
        (body) => ({ ...structuredClone(body), kind: body.kind as ChildKind }) as unknown as Live,
      );
  }

  /** Somebody else's write: takes effect whatever we applied. */
  edit(path: string, change: (body: JsonObject) => JsonObject | undefined): void {
    const { body, applied } = this.#objects.get(path) ?? { body: {}, applied: {} };
    const now = change(structuredClone(body));
    if (now === undefined) this.#objects.delete(path);
    else this.#objects.set(path, { body: defaulted(now), applied });
  }

  #write(request: Call): Answer<never> {
    const body = structuredClone(request.body) as JsonObject;
    if (request.method === 'POST') return this.#create(request.path, body);
    const found = this.#objects.get(request.path);
    if (request.method === 'DELETE') return this.#delete(request.path, body);
    if (request.contentType === 'application/merge-patch+json') {
      if (found === undefined) return refused(404, 'NotFound');
      const now = patched(found.body, body) as JsonObject;
      return this.#store(request.path, { body: now, applied: found.applied });
    }
    return this.#apply(request, body);
  }

  #create(list: string, body: JsonObject): Answer<never> {
    const path = `${list}/${(body.metadata as JsonObject).name}`;
    if (this.#objects.has(path)) return refused(409, 'AlreadyExists');
    return this.#store(path, { body: this.#identified(body), applied: {} });
  }

  #delete(path: string, { preconditions }: JsonObject): Answer<never> {
    const found = this.#objects.get(path);
    if (found === undefined) return refused(404, 'NotFound');
    if ((preconditions as JsonObject).uid !== uidOf(found.body)) return refused(409, 'Conflict');
    this.#objects.delete(path);
    this.changes.push(`DELETE ${path}`);
    return ok({});
  }

  #apply({ path, query }: Call, body: JsonObject): Answer<never> {
    const { uid, ...metadata } = body.metadata as JsonObject;
    const applied = { ...body, metadata };
    const found = this.#objects.get(path);
    if (uid !== undefined && uid !== (found && uidOf(found.body))) return refused(409, 'Conflict');
    if (found === undefined) return this.#store(path, { body: this.#identified(applied), applied });
    if (query?.force !== true) return refused(409, 'Conflict');
    return this.#store(path, { body: merged(found.body, applied, found.applied), applied });
  }

  #identified(body: JsonObject): JsonObject {
    this.#uid += 1;
    return { ...body, metadata: { ...(body.metadata as JsonObject), uid: `uid-${this.#uid}` } };
  }

  #store(path: string, { body, applied }: Stored): Answer<never> {
    const now = defaulted(body);
    if (hasTwinPorts(now)) return refused(422, 'Invalid', 'spec.ports[1].name: Duplicate value');
    if (JSON.stringify(this.body(path)) !== JSON.stringify(now)) this.changes.push(`WRITE ${path}`);
    this.#objects.set(path, { body: now, applied });
    return ok(now);
  }
}

const uidOf = ({ metadata }: JsonObject) => (metadata as JsonObject).uid;

function hasTwinPorts({ kind, spec }: JsonObject): boolean {
  if (kind !== 'Service' || !isObject(spec) || !Array.isArray(spec.ports)) return false;
  const names = spec.ports.map((port) => (isObject(port) ? port.name : undefined));
  return new Set(names).size < names.length;
}
