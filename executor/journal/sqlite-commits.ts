import { dropOldest } from './bounds.ts';
import { isReceipt, scopesOf } from './rows.ts';
import type { SqliteFile } from './sqlite-file.ts';
import { type Append, type Reply, refused } from './thread-protocol.ts';

const SQLITE_CONSTRAINT = 19;

/** Commits appends in groups, and keeps facts that a full or broken disk did not take. */
export class SqliteCommits {
  readonly #file: SqliteFile;
  readonly #note: (text: string) => void;
  #aside: Append[] = [];

  constructor(file: SqliteFile, note: (text: string) => void) {
    this.#file = file;
    this.#note = note;
  }

  /** Facts that were refused and are still to be written. */
  get waiting(): number {
    return this.#aside.length;
  }

  /** All of the group in one commit; with nothing in it, another try for what waits. */
  commit(group: readonly Append[]): readonly Reply[] {
    const { database } = this.#file;
    const before = this.#aside;
    try {
      database.exec('BEGIN IMMEDIATE');
      for (const append of before) this.#one(append);
      const replies = group.map((append) => this.#one(append));
      database.exec('COMMIT');
      this.#aside = [];
      if (before.length > 0)
        this.#note(`the journal takes writes again: ${before.length} caught up`);
      return replies;
    } catch (fault) {
      if (database.isTransaction) database.exec('ROLLBACK');
      this.#putAside(group);
      return group.map(({ id }) => refused(id, fault));
    }
  }

  /** Each append is a savepoint: one that breaks a rule fails alone, the group still commits. */
  #one({ id, rows }: Append): Reply {
    const { database } = this.#file;
    database.exec('SAVEPOINT one');
    try {
      for (const row of rows) this.#file.write(row);
      database.exec('RELEASE one');
      return { id, ok: true };
    } catch (fault) {
      const { errcode = 0 } = fault as { errcode?: number };
      if ((errcode & 0xff) !== SQLITE_CONSTRAINT) throw fault;
      database.exec('ROLLBACK TO one');
      database.exec('RELEASE one');
      const bound = scopesOf(rows).map((scope) => this.#file.query({ kind: 'bound', scope }));
      const value = bound.find((events) => events.length > 0);
      return value === undefined ? refused(id, fault) : { id, ok: true, value };
    }
  }

  #putAside(group: readonly Append[]): void {
    this.#aside.push(...group.filter(({ rows }) => !isReceipt(rows)));
    const dropped = dropOldest(this.#aside);
    if (dropped > 0) this.#note(`${dropped} events were given up: the journal takes no writes`);
  }
}
