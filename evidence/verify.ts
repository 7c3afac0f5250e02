import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Listing, MANIFEST } from '../operator/evidence/manifest.ts';

export interface Verified {
  readonly files: number;
  /** What the manifest itself says was missing when the pack was made. */
  readonly missing: Listing['missing'];
  /** What is not as it was written, in words; empty: nothing was changed. */
  readonly faults: readonly string[];
}

/**
 * Compares a pack, of an incident or a release, with its manifest: each listed file by size and
 * SHA-256, and that there is no other. Throws when there is no manifest to compare with.
 */
export async function verify(folder: string): Promise<Verified> {
  const parsed = Listing.safeParse(await manifestOf(folder));
  if (!parsed.success) {
    throw new Error(`${join(folder, MANIFEST)} is no manifest of a pack: ${parsed.error.message}`);
  }
  const { files, missing } = parsed.data;
  const faults: string[] = [];
  for (const file of files) {
    const bytes = await readFile(join(folder, file.name)).catch(() => undefined);
    if (bytes === undefined) faults.push(`${file.name} is listed, but not there`);
    else if (createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
      const sizes = `${bytes.length} bytes, written with ${file.bytes}`;
      faults.push(`${file.name} was changed: ${sizes}, and its SHA-256 differs`);
    }
  }
  const known = new Set([MANIFEST, ...files.map(({ name }) => name)]);
  for (const name of await readdir(folder)) {
    if (!known.has(name)) faults.push(`${name} is there, but not listed`);
  }
  return { files: files.length, missing, faults };
}

async function manifestOf(folder: string): Promise<unknown> {
  const path = join(folder, MANIFEST);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} cannot be read; name the folder of one pack`, { cause });
  }
}
