import type { EpochMs } from '../../crds/clock.ts';
import { decidedAtOf } from './pack-name.ts';
import { type HeldPack, heldPacks, removePack } from './packs.ts';
import type { EvidenceStore } from './store.ts';

/** What a store may hold at most. */
export interface Retention {
  readonly packs: number;
  readonly bytes: number;
  /** Since the decision. */
  readonly ms: number;
}

export interface PackSize extends HeldPack {
  readonly decidedAt: EpochMs;
}

/** Less than this is a full volume: one pack must fit. */
const FREE_BYTES_MIN = 64 * 1_048_576;

/** Names of the packs that have to go. The newest stays, however old or large it is. */
export function expired(
  packs: readonly PackSize[],
  { packs: count, bytes, ms }: Retention,
  now: EpochMs,
): readonly string[] {
  const newestFirst = [...packs].sort((a, b) => b.decidedAt - a.decidedAt);
  let held = 0;
  return newestFirst.flatMap((pack, at) => {
    held += pack.bytes;
    const stays = at === 0 || (at < count && held <= bytes && now - pack.decidedAt <= ms);
    return stays ? [] : [pack.name];
  });
}

export interface Held {
  readonly store: EvidenceStore;
  /** Never removed: what is being collected. */
  readonly isBusy: (pack: string) => boolean;
}

/** Removes the oldest packs until one more fits. Returns what was removed. */
export async function makeRoom({ store, isBusy }: Held): Promise<readonly string[]> {
  const removed: string[] = [];
  if ((await store.free()) >= FREE_BYTES_MIN) return removed;
  for (const { name } of [...(await heldPacks(store))].reverse()) {
    if (isBusy(name)) continue;
    await removePack(store, name);
    removed.push(name);
    if ((await store.free()) >= FREE_BYTES_MIN) break;
  }
  return removed;
}

/** Removes what retention names. Returns what was removed. */
export async function retire(
  { store, isBusy }: Held,
  retention: Retention,
  now: EpochMs,
): Promise<readonly string[]> {
  const packs = (await heldPacks(store)).flatMap(({ name, bytes }) => {
    const decidedAt = decidedAtOf(name);
    return decidedAt === undefined ? [] : [{ name, decidedAt, bytes }];
  });
  const removed: string[] = [];
  for (const name of expired(packs, retention, now)) {
    if (isBusy(name)) continue;
    await removePack(store, name);
    removed.push(name);
  }
  return removed;
}
