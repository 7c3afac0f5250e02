import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMs } from '../../crds/clock.ts';
import { decidedAtOf, incidentsFolder, packNames, readManifest } from './folder.ts';

/** What a volume may hold at most. */
export interface Retention {
  readonly packs: number;
  readonly bytes: number;
  /** Since the decision. */
  readonly ms: number;
}

export interface PackSize {
  readonly name: string;
  readonly decidedAt: EpochMs;
  readonly bytes: number;
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

export interface Volume {
  readonly evidenceDir: string;
  readonly retention: Retention;
  /** Never removed: what is being collected. */
  readonly isBusy: (pack: string) => boolean;
  /** Free bytes of the volume; by default what the file system says. */
  readonly free?: () => Promise<number>;
}

/**
 * Removes what retention names, then the oldest packs until one more fits. Returns what was removed.
 * Only folders that are named as packs are touched.
 */
export async function makeRoom(volume: Volume, now: EpochMs): Promise<readonly string[]> {
  const { evidenceDir, retention, isBusy } = volume;
  const free = volume.free ?? (() => freeBytes(evidenceDir));
  const idle = (await sizes(evidenceDir)).filter(({ name }) => !isBusy(name));
  const removed = [...expired(idle, retention, now)];
  for (const name of removed) await remove(evidenceDir, name);
  const left = idle.map(({ name }) => name).filter((name) => !removed.includes(name));
  while (left.length > 0 && (await free()) < FREE_BYTES_MIN) {
    const oldest = left.pop() ?? '';
    await remove(evidenceDir, oldest);
    removed.push(oldest);
  }
  return removed;
}

const remove = (evidenceDir: string, name: string): Promise<void> =>
  rm(join(incidentsFolder(evidenceDir), name), { recursive: true, force: true });

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Newest first. A pack without a readable manifest counts as empty, and its age as any other's. */
async function sizes(evidenceDir: string): Promise<readonly PackSize[]> {
  const found: PackSize[] = [];
  for (const name of await packNames(evidenceDir)) {
    const decidedAt = decidedAtOf(name);
    if (decidedAt === undefined) continue;
    const folder = join(incidentsFolder(evidenceDir), name);
    const manifest = await readManifest(folder).catch(() => undefined);
    const bytes = manifest?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
    found.push({ name, decidedAt, bytes });
  }
  return found;
}
