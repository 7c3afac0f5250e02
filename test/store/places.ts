import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { JournalThread } from '../../executor/journal/journal-thread.ts';
import { PostgresJournal, type PostgresOptions } from '../../executor/journal/postgres.ts';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';

/** The program's own entry: its bundle is also the journal's thread. */
export const WORKER = new URL('../../executor/main.ts', import.meta.url);

/** Where a journal is kept. It outlives the processes that write it. */
export interface Place {
  readonly name: string;
  /** A process of its own opens it. */
  open(onNote?: (note: string) => void): JournalThread;
  /** Makes it look as if a newer executor had written to it. Nobody may have it open. */
  fromTheFuture(): Promise<void>;
  remove(): Promise<void>;
}

export type MakePlace = () => Promise<Place>;

export async function sqlitePlace(): Promise<Place> {
  const { DatabaseSync } = await import('node:sqlite');
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const path = join(folder, 'journal.sqlite');
  return {
    name: 'SQLite',
    open: (onNote) => new SqliteJournal(path, WORKER, onNote),
    fromTheFuture: async () => {
      const file = new DatabaseSync(path);
      file.exec('PRAGMA user_version = 99');
      file.close();
    },
    remove: async () => rmSync(folder, { recursive: true }),
  };
}

/** The server's address; the test stage sets it, see postgres-container.ts. */
export function postgresUrl(): string {
  const url = process.env.TEO_POSTGRES_URL;
  if (url !== undefined && url !== '') return url;
  throw new Error('Set TEO_POSTGRES_URL to a PostgreSQL superuser, or run: npm test -- store');
}

export interface PostgresPlace extends Place {
  readonly url: string;
  readonly urlFile: string;
  /** Another executor on the same database, or the same with other options. */
  openAs(options: Partial<PostgresOptions>, onNote?: (note: string) => void): PostgresJournal;
  /** As the database's owner. */
  sql<T>(text: string, values?: unknown[]): Promise<T[]>;
}

/** A database of its own on the test server. */
export async function postgresPlace(): Promise<PostgresPlace> {
  const name = `journal_${randomUUID().replaceAll('-', '')}`;
  await withClient(postgresUrl(), (client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(postgresUrl());
  url.pathname = `/${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const urlFile = join(folder, 'url');
  writeFileSync(urlFile, `${url}\n`);
  const executor = { namespace: 'desk', name: 'alpha' };
  const openAs: PostgresPlace['openAs'] = (options, onNote) => {
    const all = { urlFile, executor, instance: randomUUID(), ...options };
    return new PostgresJournal(all, WORKER, onNote);
  };
  const sql: PostgresPlace['sql'] = (text, values) =>
    withClient(String(url), async (client) => (await client.query(text, values)).rows);
  return {
    ...{ name: 'PostgreSQL', url: String(url), urlFile, openAs, sql },
    open: (onNote) => openAs({}, onNote),
    fromTheFuture: async () => void (await sql('UPDATE spark_schema SET version = 99')),
    remove: async () => {
      const drop = `DROP DATABASE ${name} WITH (FORCE)`;
      await withClient(postgresUrl(), (client) => client.query(drop));
      rmSync(folder, { recursive: true });
    },
  };
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
