import type { Readable } from 'node:stream';

/** Where packs are kept: a volume or a bucket. Throws what it cannot do, in words for an incident. */
export interface PackStore {
  open(pack: string): PackFiles;
  /** All that is named as a pack, whole or not; newest first. */
  list(): Promise<readonly HeldPack[]>;
  /** Its manifest first: what is half removed is not served. */
  remove(pack: string): Promise<void>;
  /** Bytes that still fit. Infinity for a bucket, which does not tell: what is too much is refused. */
  free(): Promise<number>;
  close(): Promise<void>;
}

/** The files of one pack. */
export interface PackFiles {
  /** Whole or not at all, in place of what was there. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** undefined: there is no such file. */
  read(name: string): Promise<StoredFile | undefined>;
}

/** Its reader takes the content to the end or destroys it. */
export interface StoredFile {
  readonly bytes: number;
  readonly content: Readable;
}

export interface HeldPack {
  readonly name: string;
  readonly bytes: number;
}
