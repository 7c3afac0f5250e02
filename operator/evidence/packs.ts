import { MANIFEST } from './manifest.ts';
import { isPackName } from './pack-name.ts';
import type { EvidenceStore, Files } from './store.ts';

/** Packs of incidents in a store: `incidents/PACK/FILE`. */

const PARENT = 'incidents';

export interface HeldPack {
  readonly name: string;
  readonly bytes: number;
}

export const packFiles = (store: EvidenceStore, pack: string): Files => ({
  write: (name, bytes) => store.write(`${PARENT}/${pack}/${name}`, bytes),
  read: (name) => store.read(`${PARENT}/${pack}/${name}`),
});

/** All that is named as a pack and holds something, whole or not; newest first. */
export async function heldPacks(store: EvidenceStore): Promise<readonly HeldPack[]> {
  const packs = new Map<string, number>();
  for (const { path, bytes } of await store.list(PARENT)) {
    const [pack = '', file] = path.split('/');
    if (file !== undefined && isPackName(pack)) packs.set(pack, (packs.get(pack) ?? 0) + bytes);
  }
  const held = [...packs].map(([name, bytes]) => ({ name, bytes }));
  return held.sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** The manifest first: what is half removed is not served. */
export async function removePack(store: EvidenceStore, pack: string): Promise<void> {
  await store.remove(`${PARENT}/${pack}/${MANIFEST}`);
  await store.remove(`${PARENT}/${pack}`);
}
