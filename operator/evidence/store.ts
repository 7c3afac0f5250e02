import type { Readable } from 'node:stream';

/**
 * Where evidence is kept: a volume or a bucket. Paths are names with slashes between; folders come and
 * go with their files. Throws what it cannot do, in words for an incident.
 */
export interface EvidenceStore extends Files {
  /** All files below a folder, in no order. */
  list(folder: string): Promise<readonly StoredEntry[]>;
  /** A file, or a folder with all that is below it. What is not there is removed, too. */
  remove(path: string): Promise<void>;
  /** Bytes that still fit. Infinity for a bucket, which does not tell: what is too much is refused. */
  free(): Promise<number>;
  close(): Promise<void>;
}

/** Files by their paths or, of one pack, by their names. */
export interface Files {
  /** Whole or not at all, in place of what was there. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** undefined: there is no such file. */
  read(path: string): Promise<StoredFile | undefined>;
}

/** Its reader takes the content to the end or destroys it. */
export interface StoredFile {
  readonly bytes: number;
  readonly content: Readable;
}

export interface StoredEntry {
  /** From the folder that was listed. */
  readonly path: string;
  readonly bytes: number;
}
