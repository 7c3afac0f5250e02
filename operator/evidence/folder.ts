import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { EpochMs } from '../../crds/clock.ts';
import {
  type Listing,
  MANIFEST,
  type Manifest,
  type ManifestFile,
  parseManifest,
} from './manifest.ts';
import { redact } from './redact.ts';
import type { PackFiles, PackStore } from './store.ts';

/** A log that never ends must fill neither the memory nor the store. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;
const MANIFEST_BYTES_MAX = 1024 * 1024;

/** `2026-11-23T03-10-00Z-btc`: sorts by time, and holds no sign a file system dislikes. */
export function packName(decidedAt: string, executor: string): string {
  const stamp = `${new Date(decidedAt).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  return `${stamp}-${executor}`;
}

/** As packName makes them: no separator, no leading dot. */
const PACK = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\dZ)-[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export const isPackName = (name: string): boolean => PACK.test(name);

/** When the rollback was decided that a pack is about; undefined when that is no pack's name. */
export function decidedAtOf(name: string): EpochMs | undefined {
  const [, day, hour, minute, second] = PACK.exec(name) ?? [];
  const at = Date.parse(`${day}${hour}:${minute}:${second}`);
  return Number.isNaN(at) ? undefined : (at as EpochMs);
}

export type Owner = Pick<Manifest, 'incident' | 'namespace' | 'executor' | 'startedAt'>;

export interface Claimed {
  readonly name: string;
  /** What is there already: a finished pack of this incident, or one that was cut off. */
  readonly found: Manifest | undefined;
}

/**
 * Claims the folder of an incident; a new one gets a manifest that lists nothing yet. The namesake of
 * another namespace gets a suffix.
 */
export async function claim(store: PackStore, decidedAt: string, owner: Owner): Promise<Claimed> {
  const plain = packName(decidedAt, owner.executor);
  for (const name of [plain, `${plain}-${owner.namespace}`]) {
    const files = store.open(name);
    const found = await readManifest(files);
    if (found !== undefined && !isSame(found, owner)) continue;
    if (found === undefined) {
      await writeManifest(files, { version: 1, ...owner, files: [], missing: [] });
    }
    return { name, found };
  }
  throw new Error(`the evidence folders of ${plain} belong to other incidents`);
}

const isSame = (manifest: Manifest, owner: Owner): boolean =>
  manifest.namespace === owner.namespace && manifest.incident === owner.incident;

/** Redacts, cuts and writes one file; what is returned goes into the manifest. */
export async function keep(files: PackFiles, name: string, content: string): Promise<ManifestFile> {
  const { text: clean, count } = redact(content);
  const bytes = cut(Buffer.from(clean));
  await files.write(name, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, bytes: bytes.length, sha256, redactions: count };
}

export const writeManifest = (files: PackFiles, manifest: Listing): Promise<void> =>
  files.write(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));

/** The manifest of a pack, or undefined when there is no pack. */
export async function readManifest(files: PackFiles): Promise<Manifest | undefined> {
  const stored = await files.read(MANIFEST);
  if (stored === undefined) return undefined;
  if (stored.bytes <= MANIFEST_BYTES_MAX) return parseManifest(await text(stored.content));
  stored.content.destroy();
  return undefined;
}

/** The end of a long file says more than its beginning. */
function cut(bytes: Buffer): Buffer {
  if (bytes.length <= FILE_BYTES_MAX) return bytes;
  const note = Buffer.from(`[cut: ${bytes.length} bytes, the last ${FILE_BYTES_MAX} follow]\n`);
  return Buffer.concat([note, bytes.subarray(bytes.length - FILE_BYTES_MAX)]);
}
