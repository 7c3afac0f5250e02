import { join } from 'node:path';
import type { Clock } from '../crds/clock.ts';
import type { ExecutorKey } from '../crds/names.ts';
import type { TradingExecutorSpec } from '../crds/trading-executor.ts';
import { Denials } from './denials.ts';
import { Disk } from './disk.ts';
import type { Journal } from './journal/journal.ts';
import { PostgresJournal } from './journal/postgres.ts';
import { SqliteJournal } from './journal/sqlite.ts';
import type { Log } from './log.ts';
import { retain } from './retention.ts';

export interface StoreParts {
  readonly type: TradingExecutorSpec['store']['type'];
  readonly key: ExecutorKey;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
  readonly paths: { readonly data: string; readonly storeUrl: string };
  /** The module that the journal's thread runs. */
  readonly journalWorker: URL;
  /** Free ratio of a folder's volume. */
  readonly freeRatio: (folder: string) => Promise<number>;
  /** `spec.store.keepFor` as it is now. */
  readonly keepFor: () => string;
}

/** The journal in the store that the object names, and what looks after it. */
export class Store {
  readonly journal: Journal;
  readonly denials: Denials;
  readonly #parts: StoreParts;
  readonly #disk: Disk;
  readonly #stopping = new AbortController();
  #counting: Promise<void> = Promise.resolve();

  constructor(parts: StoreParts) {
    this.#parts = parts;
    const { type, clock, log, paths, freeRatio } = parts;
    this.journal = type === 'postgres' ? this.#postgres() : this.#sqlite();
    this.denials = new Denials(clock, log);
    this.#disk = new Disk({ clock, log, read: () => freeRatio(paths.data) });
  }

  /** Of the volume the journal is on, 0 to 1; a database looks after its own. */
  get diskFree(): number | undefined {
    return this.#parts.type === 'sqlite' ? this.#disk.free : undefined;
  }

  start(): void {
    const { clock, log, keepFor } = this.#parts;
    const { journal, denials } = this;
    const { signal } = this.#stopping;
    this.#counting = denials.run(journal, signal);
    void this.#disk.run(signal);
    void retain({ clock, journal, keepFor, log }, signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the store is closing'));
    await this.#counting;
    await this.journal.close();
  }

  #sqlite(): Journal {
    const { paths, journalWorker } = this.#parts;
    return new SqliteJournal(join(paths.data, 'journal.sqlite'), journalWorker, this.#note);
  }

  #postgres(): Journal {
    const { paths, key, newId, journalWorker } = this.#parts;
    const options = { urlFile: paths.storeUrl, executor: key, instance: newId() };
    return new PostgresJournal(options, journalWorker, this.#note);
  }

  #note = (text: string): void => this.#parts.log.warn(text);
}
