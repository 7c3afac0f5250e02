import type { Logger } from 'pino';
import type { CollectedPack } from '../rollback/evidence-desk.ts';
import { packName } from './folder.ts';
import { collectPack, type EvidenceOptions, type PackAsked } from './pack.ts';
import { makeRoom, type Retention } from './retention.ts';

export interface CollectorOptions extends EvidenceOptions {
  readonly retention: Retention;
  readonly log: Logger;
}

/**
 * Collects each incident once: who asks again while it is being collected waits for the same pack,
 * who asks later gets what is there, and a collection that a crash cut off goes on.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #running = new Map<string, Promise<CollectedPack>>();
  /** Names, without the suffix of a namesake, of what is being collected. */
  readonly #busy = new Set<string>();

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Throws only when the pack's folder cannot be written. */
  collect(asked: PackAsked): Promise<CollectedPack> {
    const { namespace, name } = asked.incident.metadata;
    const id = `${namespace}/${name}`;
    const known = this.#running.get(id);
    if (known !== undefined) return known;
    const run = this.#collect(asked).finally(() => this.#running.delete(id));
    this.#running.set(id, run);
    return run;
  }

  async #collect(asked: PackAsked): Promise<CollectedPack> {
    const { executor, decidedAt } = asked.incident.spec;
    const pack = packName(decidedAt, executor.name);
    this.#busy.add(pack);
    try {
      await this.#makeRoom();
      return await collectPack(this.#options, asked);
    } finally {
      this.#busy.delete(pack);
    }
  }

  /** What cannot be removed is in nobody's way: the pack may fit all the same. */
  async #makeRoom(): Promise<void> {
    const { evidenceDir, retention, clock, log } = this.#options;
    const isBusy = (pack: string) => [...this.#busy].some((name) => pack.startsWith(name));
    try {
      const removed = await makeRoom({ evidenceDir, retention, isBusy }, clock.wall());
      if (removed.length > 0) log.info({ removed }, 'old evidence removed');
    } catch (err) {
      log.warn({ err }, 'old evidence could not be removed');
    }
  }
}
