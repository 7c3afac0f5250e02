import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMs } from '../../crds/clock.ts';
import {
  type Listing,
  MANIFEST,
  type Manifest,
  type ManifestFile,
  parseManifest,
} from './manifest.ts';
import { redact } from './redact.ts';

/** A log that never ends must not fill the volume. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;

export const incidentsFolder = (evidenceDir: string): string => join(evidenceDir, 'incidents');

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
export async function claim(
  evidenceDir: string,
  decidedAt: string,
  owner: Owner,
): Promise<Claimed> {
  const parent = incidentsFolder(evidenceDir);
  const plain = packName(decidedAt, owner.executor);
  for (const name of [plain, `${plain}-${owner.namespace}`]) {
    const folder = join(parent, name);
    await mkdir(folder, { recursive: true });
    const found = await readManifest(folder);
    if (found !== undefined && !isSame(found, owner)) continue;
    if (found === undefined) {
      await writeManifest(folder, { version: 1, ...owner, files: [], missing: [] });
    }
    return { name, found };
  }
  throw new Error(`the evidence folders of ${plain} belong to other incidents`);
}

const isSame = (manifest: Manifest, owner: Owner): boolean =>
  manifest.namespace === owner.namespace && manifest.incident === owner.incident;

/** Redacts, cuts and writes one file; what is returned goes into the manifest. */
export async function keep(folder: string, name: string, content: string): Promise<ManifestFile> {
  const { text, count } = redact(content);
  const bytes = cut(Buffer.from(text));
  await writeFile(join(folder, name), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, bytes: bytes.length, sha256, redactions: count };
}

export async function writeManifest(folder: string, manifest: Listing): Promise<void> {
  const path = join(folder, MANIFEST);
  await writeFile(`${path}.new`, `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

/** The manifest of a pack, or undefined when there is no pack. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readFile(join(folder, MANIFEST), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Names of all packs, newest first. */
export async function packNames(evidenceDir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(incidentsFolder(evidenceDir), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return folders.sort().reverse();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The end of a long file says more than its beginning. */
function cut(bytes: Buffer): Buffer {
  if (bytes.length <= FILE_BYTES_MAX) return bytes;
  const note = Buffer.from(`[cut: ${bytes.length} bytes, the last ${FILE_BYTES_MAX} follow]\n`);
  return Buffer.concat([note, bytes.subarray(bytes.length - FILE_BYTES_MAX)]);
}
