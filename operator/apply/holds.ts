import { isDeepStrictEqual } from 'node:util';
import { sameQuantity } from './quantity.ts';

/**
 * Lists the API server merges by a key (a second owner may add entries); every other list is one
 * value and must be equal. As in the structs of k8s.io/api.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  ownerReferences: ['uid'],
  containers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
};
/** Values that have one owner: what somebody adds inside is a change, too. As in k8s.io/api. */
const ATOMIC = new Set([
  ...['selector', 'podSelector', 'roleRef', 'subjects', 'rules', 'ingress', 'policyTypes'],
]);
const QUANTITIES = new Set(['requests', 'limits', 'sizeLimit']);
/** Identifies an object rather than being wanted of it. */
const IDENTITY = new Set(['apiVersion', 'kind']);

/**
 * Whether `live` already has every field of `wanted`. Compares fields, not a digest: a digest of
 * what was applied cannot see that somebody changed the object since.
 */
export function holds(live: unknown, wanted: object): boolean {
  return Object.entries(wanted).every(
    ([field, value]) => IDENTITY.has(field) || heldAt(field, property(live, field), value),
  );
}

function heldAt(field: string, live: unknown, wanted: unknown): boolean {
  if (ATOMIC.has(field)) return isDeepStrictEqual(live, wanted);
  if (Array.isArray(wanted)) return Array.isArray(live) && listHeld(field, live, wanted);
  if (isObject(wanted)) {
    const inherited = QUANTITIES.has(field);
    return (
      isObject(live) &&
      Object.entries(wanted).every(([name, value]) =>
        heldAt(inherited ? field : name, live[name], value),
      )
    );
  }
  if (QUANTITIES.has(field) && typeof wanted === 'string' && typeof live === 'string') {
    return sameQuantity(live, wanted);
  }
  // The API server leaves out what is empty: an absent text or flag is its zero.
  return live === wanted || (live === undefined && (wanted === false || wanted === ''));
}

function listHeld(field: string, live: readonly unknown[], wanted: readonly unknown[]): boolean {
  const keys = MERGE_KEYS[field];
  if (keys === undefined) {
    return (
      live.length === wanted.length &&
      wanted.every((value, index) => heldAt(field, live[index], value))
    );
  }
  return wanted.every((value) =>
    live.some(
      (entry) =>
        keys.every((key) => property(entry, key) === property(value, key)) &&
        heldAt(field, entry, value),
    ),
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const property = (value: unknown, name: string): unknown =>
  isObject(value) ? value[name] : undefined;
