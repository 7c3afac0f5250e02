import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Clock } from '../../../crds/clock.ts';

/** The kubelet takes up to a minute to bring a changed Secret; a few seconds more do not matter. */
const REREAD_EVERY_MS = 5_000;
/** As the chart makes them: 48 letters and digits. */
const LENGTH_MIN = 32;

/** From newest to oldest; never empty. 256 bits each. */
export type Keys = readonly [Uint8Array, ...Uint8Array[]];

/**
 * The keys that seal sessions, from a file that every replica has: a line each, the newest first. The
 * first one seals, all of them open: a new line on top changes the key and ends no session, a line
 * taken out ends those that it sealed. A file that is wrong or gone leaves the last good keys in force.
 */
export class SessionKeys {
  readonly #options: { readonly path: string; readonly clock: Clock; readonly log: Logger };
  #keys: Keys | undefined;
  #text: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly path: string; readonly clock: Clock; readonly log: Logger }) {
    this.#options = options;
  }

  /** Throws when there never was a good file. */
  async keys(): Promise<Keys> {
    const { path, clock, log } = this.#options;
    if (this.#keys !== undefined && clock.elapsed() - this.#readAt < REREAD_EVERY_MS) {
      return this.#keys;
    }
    this.#readAt = clock.elapsed();
    try {
      const text = await readFile(path, 'utf8');
      if (text !== this.#text || this.#keys === undefined) {
        this.#keys = keysIn(text, path);
        if (this.#text !== undefined) log.info('the keys of console sessions have changed');
        this.#text = text;
      }
      return this.#keys;
    } catch (cause) {
      if (this.#keys === undefined) throw cause;
      log.warn({ err: cause }, 'the keys of console sessions cannot be read; the last ones stay');
      return this.#keys;
    }
  }
}

/** Says what is wrong, never what is in the file. */
function keysIn(text: string, path: string): Keys {
  const lines = text.split(/\s+/).filter((line) => line !== '');
  if (lines.some((line) => line.length < LENGTH_MIN)) {
    throw new Error(`${path} has a line of fewer than ${LENGTH_MIN} characters; make it random`);
  }
  const [first, ...others] = lines.map((line) => createHash('sha256').update(line).digest());
  if (first === undefined) throw new Error(`${path} is empty; write a random line into it`);
  return [first, ...others];
}
