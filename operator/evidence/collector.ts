import type { Logger } from 'pino';
import type { CollectedPack } from '../rollback/evidence-desk.ts';
import { collectPack, type EvidenceOptions, type PackAsked } from './pack.ts';
import { packName } from './pack-name.ts';
import { type Held, makeRoom, type Retention, retire } from './retention.ts';

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
  #retired = Promise.resolve();

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Throws only when the store cannot be written. */
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
      await this.#removing((held) => makeRoom(held));
      return await collectPack(this.#options, asked);
    } finally {
      this.#busy.delete(pack);
      this.#retire();
    }
  }

  /** Afterwards, one at a time: nobody waits for it, and a store that is slow to remove is in no pack's way. */
  #retire(): void {
    const { retention, clock } = this.#options;
    this.#retired = this.#retired.then(() =>
      this.#removing((held) => retire(held, retention, clock.wall())),
    );
  }

  /** What cannot be removed is in nobody's way: the pack may fit all the same. */
  async #removing(remove: (held: Held) => Promise<readonly string[]>): Promise<void> {
    const { store, log } = this.#options;
    const isBusy = (pack: string) => [...this.#busy].some((name) => pack.startsWith(name));
    try {
      const removed = await remove({ store, isBusy });
      if (removed.length > 0) log.info({ removed }, 'old evidence removed');
    } catch (err) {
      log.warn({ err }, 'old evidence could not be removed');
    }
  }
}
