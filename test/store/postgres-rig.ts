import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import type { Journal } from '../../executor/journal/journal.ts';
import type { PostgresJournal, PostgresOptions } from '../../executor/journal/postgres.ts';
import { exported } from './journal-contract.ts';
import { type FaultyNetwork, startNetwork } from './network.ts';
import { type PostgresPlace, postgresPlace } from './places.ts';

/** A database for each test, behind a network that can fail, and the journals that were opened. */
export class PostgresRig {
  notes: string[] = [];
  #place: PostgresPlace | undefined;
  #network: FaultyNetwork | undefined;
  #opened: Journal[] = [];

  constructor() {
    beforeEach(async () => {
      this.#place = await postgresPlace();
      this.#network = await startNetwork(this.#place.url);
      this.useUrl(this.network.through(this.place.url));
      this.notes = [];
    });
    afterEach(async () => {
      this.network.mend();
      await Promise.all(this.#opened.splice(0).map((journal) => journal.close()));
      await this.network.close();
      await this.place.remove();
    });
  }

  get place(): PostgresPlace {
    if (this.#place === undefined) throw new Error('there is a database in tests only');
    return this.#place;
  }

  get network(): FaultyNetwork {
    if (this.#network === undefined) throw new Error('there is a network in tests only');
    return this.#network;
  }

  /** What the mounted file holds from now on. */
  useUrl(url: string): void {
    writeFileSync(this.place.urlFile, url);
  }

  open(options: Partial<PostgresOptions> = {}): PostgresJournal {
    const journal = this.place.openAs(options, (note) => void this.notes.push(note));
    this.#opened.push(journal);
    return journal;
  }

  async count(table: string): Promise<number | undefined> {
    const rows = await this.place.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    return rows[0]?.n;
  }

  /** As a restart of the server does it. */
  async endSessions(): Promise<void> {
    await this.place.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  }
}

/** Every line of a journal as `order kind`. */
export const kinds = async (journal: Journal): Promise<string[]> =>
  (await exported(journal)).map(({ orderId, event }) => `${orderId} ${event.kind}`);
