import { keep } from './folder.ts';
import type { ManifestFile, MissingFile } from './manifest.ts';
import { redact } from './redact.ts';
import type { Files } from './store.ts';

/**
 * Files of one pack as they come in: keeps what comes and remembers what does not, with why. What an
 * interrupted collection kept stays: it is nearer to the moment.
 */
export class Shelf {
  readonly files: ManifestFile[] = [];
  readonly missing: MissingFile[] = [];
  readonly #pack: Files;

  constructor(pack: Files, kept: readonly ManifestFile[] = []) {
    this.#pack = pack;
    this.files.push(...kept);
  }

  /** Never throws: a source that fails, or a store that is full, is a missing file. */
  async put(name: string, source: () => Promise<string | Uint8Array>): Promise<void> {
    if (this.files.some((file) => file.name === name)) return;
    await this.attempt(name, async () => {
      this.files.push(await keep(this.#pack, name, await source()));
    });
  }

  async attempt<T>(name: string, task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // what a server answered instead may hold what it was asked with
      this.missing.push({ name, why: redact(why).text.slice(0, 300) });
      return undefined;
    }
  }
}

/** For a source that cannot be had: its reason. */
export const absent = (why: string): Promise<never> => Promise.reject(new Error(why));

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** `metrics.prom` for the one pod there is by design; a second one gets its name into the file's. */
export const named = (name: string, pod: string, index: number): string =>
  index === 0 ? name : name.replace(/(\.[a-z]+)$/, `-${pod}$1`);
