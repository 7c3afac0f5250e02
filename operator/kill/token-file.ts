import { readFile } from 'node:fs/promises';
import type { Clock } from '../../crds/clock.ts';

/** The kubelet replaces a projected token well before its end. */
const REREAD_EVERY_MS = 5_000;

/** The operator's own token for executors, from a projected file that changes under us. */
export class TokenFile {
  readonly #path: string;
  readonly #clock: Clock;
  #token: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** The token; the last good one while the file cannot be read. Throws when there never was one. */
  async token(): Promise<string> {
    if (this.#token === undefined || this.#clock.elapsed() - this.#readAt > REREAD_EVERY_MS) {
      try {
        this.#token = (await readFile(this.#path, 'utf8')).trim();
        this.#readAt = this.#clock.elapsed();
      } catch (cause) {
        if (this.#token === undefined) {
          throw new Error(
            `cannot read ${this.#path}; mount a projected ServiceAccount token with audience trading-executor there`,
            { cause },
          );
        }
      }
    }
    return this.#token;
  }
}
