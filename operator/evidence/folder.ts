import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import {
  type Listing,
  MANIFEST,
  type Manifest,
  type ManifestFile,
  parseManifest,
} from './manifest.ts';
import { packName } from './pack-name.ts';
import { packFiles } from './packs.ts';
import { redact } from './redact.ts';
import type { EvidenceStore, Files } from './store.ts';

/** A log that never ends must fill neither the memory nor the store. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;
const MANIFEST_BYTES_MAX = 1024 * 1024;

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
  store: EvidenceStore,
  decidedAt: string,
  owner: Owner,
): Promise<Claimed> {
  const plain = packName(decidedAt, owner.executor);
  for (const name of [plain, `${plain}-${owner.namespace}`]) {
    const files = packFiles(store, name);
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

/** Redacts and cuts a text, takes a picture as it is; what is returned goes into the manifest. */
export async function keep(
  files: Files,
  name: string,
  content: string | Uint8Array,
): Promise<ManifestFile> {
  const { text: clean, count } = redact(typeof content === 'string' ? content : '');
  const bytes = typeof content === 'string' ? cut(Buffer.from(clean)) : content;
  await files.write(name, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, bytes: bytes.length, sha256, redactions: count };
}

export const writeManifest = (files: Files, manifest: Listing): Promise<void> =>
  files.write(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));

/** The manifest of a pack, or undefined when there is no pack. */
export async function readManifest(files: Files): Promise<Manifest | undefined> {
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
