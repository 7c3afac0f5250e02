import { z } from 'zod';

export const MANIFEST = 'manifest.json';

/** A file beside the manifest, never a path: the server opens what a manifest lists. */
const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** What every pack says of its files, incident or release. */
export const Listing = z.object({
  version: z.literal(1),
  files: z.array(
    z.object({
      name: FileName,
      bytes: z.int(),
      sha256: z.string(),
      /** Places from which something that looked like a secret was taken out. */
      redactions: z.int(),
    }),
  ),
  missing: z.array(z.object({ name: z.string(), why: z.string() })),
});
export type Listing = z.infer<typeof Listing>;

/** Of an incident's pack. Written first (empty) and last, so a pack always has one. */
export const Manifest = Listing.extend({
  incident: z.string(),
  namespace: z.string(),
  executor: z.string(),
  startedAt: z.string(),
  /** Absent: the collection is under way, or was interrupted. */
  finishedAt: z.string().optional(),
});
export type Manifest = z.infer<typeof Manifest>;

export type ManifestFile = Listing['files'][number];
export type MissingFile = Listing['missing'][number];

/** The manifest in a text, or undefined when it is none. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    const parsed = Manifest.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // half-written
  }
}
