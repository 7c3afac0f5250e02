import { readFileSync } from 'node:fs';

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly (readonly string[] | string)[];
    };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

export interface Held {
  readonly count: number;
  readonly bytes: number;
}

/** Objects by what made them: constructors by name, the rest by kind. Bytes are their own, not what they hold. */
export function byConstructor(snapshot: Snapshot): ReadonlyMap<string, Held> {
  const { node_fields: fields, node_types: types } = snapshot.snapshot.meta;
  const at = (name: string) => fields.indexOf(name);
  const [type, name, size] = [at('type'), at('name'), at('self_size')];
  const kinds = types[type] as readonly string[];
  const found = new Map<string, { count: number; bytes: number }>();
  for (let node = 0; node < snapshot.nodes.length; node += fields.length) {
    const kind = kinds[snapshot.nodes[node + type] ?? 0] ?? 'unknown';
    const label =
      kind === 'object' || kind === 'native'
        ? (snapshot.strings[snapshot.nodes[node + name] ?? 0] ?? '')
        : `(${kind})`;
    const held = found.get(label) ?? { count: 0, bytes: 0 };
    held.count += 1;
    held.bytes += snapshot.nodes[node + size] ?? 0;
    found.set(label, held);
  }
  return found;
}

export interface Growth extends Held {
  readonly constructorName: string;
}

/** What grew most between two snapshots, in bytes; what shrank is left out. */
export function growth(
  before: ReadonlyMap<string, Held>,
  after: ReadonlyMap<string, Held>,
  most: number,
): readonly Growth[] {
  return [...after]
    .map(([constructorName, { count, bytes }]) => {
      const was = before.get(constructorName) ?? { count: 0, bytes: 0 };
      return { constructorName, count: count - was.count, bytes: bytes - was.bytes };
    })
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, most);
}

export const readSnapshot = (path: string): ReadonlyMap<string, Held> =>
  byConstructor(JSON.parse(readFileSync(path, 'utf8')) as Snapshot);
