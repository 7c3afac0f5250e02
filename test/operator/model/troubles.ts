import fc from 'fast-check';
import type { ModelApiServer } from './api-server.ts';
import { isObject, type Json, type JsonObject } from './merge.ts';

/** What may have happened to one child since it was made. `dice` chooses the field. */
const trouble = fc.record({
  kind: fc.constantFrom(
    ...(['absent', 'drifted', 'bare', 'foreign', 'leaving', 'orphaned', 'extended'] as const),
  ),
  child: fc.nat(8),
  dice: fc.nat(10_000),
});
export type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never;
export const troubles = fc.array(trouble, { maxLength: 8 });

const FIELDS = ['spec', 'rules', 'subjects', 'roleRef', 'labels', 'annotations'];
export const FOREIGN = 'uid-of-somebody';

/** Does it to the world. */
export function befall(server: ModelApiServer, { kind, child, dice }: Trouble): void {
  const paths = server.paths();
  const path = paths[child % paths.length];
  if (path === undefined || path.includes('/leases/')) return;
  server.edit(path, (body) => {
    if (kind === 'absent') return undefined;
    if (kind === 'drifted') return drifted(body, dice);
    const { metadata, ...rest } = body;
    const meta = metadata as JsonObject;
    const labels = meta.labels as JsonObject;
    const owner = { kind: 'TradingExecutor', name: 'btc', uid: 'uid-of-earlier', controller: true };
    switch (kind) {
      case 'bare': // as somebody might begin one: ours by its labels, and little else
        return { kind: rest.kind, apiVersion: rest.apiVersion, metadata: { ...meta, labels } };
      case 'foreign':
        return { ...rest, metadata: { ...meta, labels: {}, ownerReferences: [], mark: FOREIGN } };
      case 'leaving':
        return { ...rest, metadata: { ...meta, ownerReferences: [owner] } };
      case 'orphaned':
        return { ...rest, metadata: { ...meta, ownerReferences: undefined } };
      case 'extended':
        return extended({ ...rest, metadata: { ...meta, labels: { ...labels, theirs: 'yes' } } });
      default:
        return kind satisfies never;
    }
  });
}

/** What an injector, an autoscaler or a person adds beside what is ours. */
function extended(body: JsonObject): JsonObject {
  const { kind, spec } = body;
  if (!isObject(spec)) return body;
  if (kind === 'Service') return { ...body, spec: { ...spec, externalTrafficPolicy: 'Local' } };
  if (kind !== 'StatefulSet') return body;
  const template = spec.template as JsonObject;
  const pod = template.spec as JsonObject;
  const containers = [...(pod.containers as Json[]), { name: 'theirs', image: 'theirs:1' }];
  const env = [{ name: 'THEIRS', value: 'yes' }];
  const named = containers.map((one) =>
    isObject(one) && one.name === 'executor'
      ? { ...one, env: [...(one.env as Json[]), ...env] }
      : one,
  );
  return {
    ...body,
    spec: { ...spec, template: { ...template, spec: { ...pod, containers: named } } },
  };
}

/** One field is another, or gone. */
function drifted(body: JsonObject, dice: number): JsonObject {
  const all = leaves(body, []).filter((path) => path.some((part) => FIELDS.includes(String(part))));
  const path = all[dice % Math.max(all.length, 1)];
  return path === undefined ? body : (changed(body, path, dice % 3 === 0) as JsonObject);
}

type Path = readonly (string | number)[];

/** The places of all values in an object. */
export function leaves(value: Json | undefined, path: Path): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => leaves(one, [...path, index]));
  if (!isObject(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}

/** With another value in that place; `isGone`: with none. */
export function changed(value: Json | undefined, path: Path, isGone = false): Json | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return isGone ? undefined : another(value as Json);
  if (Array.isArray(value)) {
    const list = value.map((one, index) => (index === first ? changed(one, rest, isGone) : one));
    return list.filter((one) => one !== undefined) as Json[];
  }
  const object = value as JsonObject;
  const { [first]: old, ...others } = object;
  const now = changed(old, rest, isGone);
  return now === undefined ? others : { ...object, [first]: now };
}

function another(value: Json): Json {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  return typeof value === 'string' ? 'drifted' : value;
}
