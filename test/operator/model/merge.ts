export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

/** Lists that server-side apply merges by a key, as k8s.io/api says (`+listMapKey`). */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  ownerReferences: ['uid'],
  containers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  imagePullSecrets: ['name'],
  containerPorts: ['containerPort', 'protocol'],
  servicePorts: ['port', 'protocol'],
};
/** `+structType=atomic` and `+mapType=atomic` of the kinds that occur. */
const ATOMIC = new Set(['selector', 'podSelector', 'roleRef', 'fieldRef']);

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function keysOf(field: string, list: readonly unknown[]): readonly string[] | undefined {
  if (field !== 'ports') return KEYS[field];
  const [first] = list;
  return isObject(first) && 'containerPort' in first ? KEYS.containerPorts : KEYS.servicePorts;
}

const sameEntry = (keys: readonly string[], a: unknown, b: unknown): boolean =>
  isObject(a) && isObject(b) && keys.every((key) => a[key] === b[key]);

/** `live` with every field of `applied`, and without what `before` had and `applied` has not. */
export function merged(live: JsonObject, applied: JsonObject, before: JsonObject): JsonObject {
  const kept = Object.entries(live).filter(([name]) => !(name in before) || name in applied);
  const result: Record<string, Json | undefined> = Object.fromEntries(kept);
  for (const [name, value] of Object.entries(applied)) {
    result[name] = mergedAt(name, { live: live[name], applied: value, before: before[name] });
  }
  for (const [name, value] of Object.entries(before)) {
    if (name in applied || !isObject(value) || ATOMIC.has(name)) continue;
    // a map that is ours no longer, in which somebody else has something
    const rest = merged((live[name] ?? {}) as JsonObject, {}, value);
    if (Object.keys(rest).length > 0) result[name] = rest;
  }
  return result;
}

interface Three {
  readonly live: Json | undefined;
  readonly applied: Json | undefined;
  readonly before: Json | undefined;
}

function mergedAt(field: string, { live, applied, before }: Three): Json | undefined {
  if (isObject(applied) && isObject(live) && !ATOMIC.has(field)) {
    return merged(live, applied, isObject(before) ? before : {});
  }
  if (!Array.isArray(applied) || !Array.isArray(live)) return applied;
  const keys = keysOf(field, applied);
  if (keys === undefined) return applied;
  const old = Array.isArray(before) ? before : [];
  const left = live.filter(
    (entry) =>
      applied.some((one) => sameEntry(keys, one, entry)) ||
      !old.some((one) => sameEntry(keys, one, entry)),
  );
  const added = applied.filter((one) => !live.some((entry) => sameEntry(keys, one, entry)));
  const of = (list: readonly Json[], entry: Json) =>
    list.find((one) => sameEntry(keys, one, entry)) as JsonObject | undefined;
  return [
    ...left.map((entry) => {
      const ours = of(applied, entry);
      return ours === undefined ? entry : merged(entry as JsonObject, ours, of(old, entry) ?? {});
    }),
    ...added,
  ];
}

/** RFC 7386. */
export function patched(live: Json | undefined, patch: Json | undefined): Json | undefined {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json | undefined> = { ...(isObject(live) ? live : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = patched(result[name], value);
  }
  return result;
}
