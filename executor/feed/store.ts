import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '../../crds/clock.ts';
import { decimal } from '../order/amount.ts';
import { type FeedRecord, type Level, type Rows, type Table, tables } from './records.ts';

/**
 * NORMAL: no fsync at a commit, only when the log is folded into the file. A process that dies loses
 * nothing that was committed; a machine that dies loses the last moments, which is a gap like any
 * other and shows as one. The file stays whole in both cases.
 */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 250;
  CREATE TABLE IF NOT EXISTS books (
    id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, symbol TEXT NOT NULL,
    form TEXT NOT NULL, sequence INTEGER NOT NULL, bids TEXT NOT NULL, asks TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS books_received ON books (received_at);
  CREATE TABLE IF NOT EXISTS trades (
    id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, symbol TEXT NOT NULL,
    trade_id TEXT NOT NULL, traded_at INTEGER NOT NULL, price TEXT NOT NULL, amount TEXT NOT NULL,
    side_flag INTEGER NOT NULL, UNIQUE (symbol, trade_id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS trades_received ON trades (received_at);
  CREATE TABLE IF NOT EXISTS tickers (
    id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, symbol TEXT NOT NULL,
    bid TEXT NOT NULL, ask TEXT NOT NULL, last TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tickers_received ON tickers (received_at);
  CREATE TABLE IF NOT EXISTS gaps (
    id INTEGER PRIMARY KEY, symbol TEXT NOT NULL, reason TEXT NOT NULL,
    from_at INTEGER NOT NULL, to_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS gaps_open ON gaps (symbol) WHERE to_at IS NULL;
  CREATE TABLE IF NOT EXISTS mark (
    one INTEGER PRIMARY KEY CHECK (one = 1), recorded_until INTEGER NOT NULL
  ) STRICT;
`;

const KEPT_MS = 7 * 86_400_000;
/** One piece of retention takes a few ms; at one a second it outruns 1,000 frames a second. */
const PIECE_ROWS = 2_000;
/** When room is short, the oldest ten minutes go first. */
const PIECE_MS = 600_000;
/** Below this share of the volume, the file grows no more: the journal, beside it, needs room too. */
const FREE_SHARE_MIN = 0.15;
/** Half of the volume an executor gets by default. */
const BYTES_MAX = 512 * 1024 * 1024;
/** Room inside the file to write on with, while old rows make place for new ones. */
const SPARE_BYTES = 16 * 1024 * 1024;
/** Without so much of it there is none: a second of a busy feed. */
const SPARE_BYTES_MIN = 256 * 1024;

/** `short`: the file may not grow, so the oldest rows go before their time. `none`: nor has it any. */
export type Room = 'ample' | 'short' | 'none';

export interface StoreLimits {
  readonly freeShareMin: number;
  readonly bytesMax: number;
  readonly spareBytes: number;
}

/** The file of the feed. Synchronous, so it lives in the feed's own thread. Throws what SQLite throws. */
export class FeedStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #limits: StoreLimits;
  readonly #write: ReturnType<typeof statements>;

  constructor(path: string, limits: Partial<StoreLimits> = {}) {
    this.#path = path;
    const ours = { freeShareMin: FREE_SHARE_MIN, bytesMax: BYTES_MAX, spareBytes: SPARE_BYTES };
    this.#limits = { ...ours, ...limits };
    this.#database = new DatabaseSync(path);
    this.#database.exec(SCHEMA);
    this.#write = statements(this.#database);
  }

  /** Until when there is a record, UTC ms; undefined in a new file. */
  recordedUntil(): EpochMs | undefined {
    const row = this.#database.prepare('SELECT recorded_until AS at FROM mark').get();
    return row?.at as EpochMs | undefined;
  }

  /** All of it in one commit, or none. `until`: the newest receipt that is settled by it, if any. */
  write(records: readonly FeedRecord[], until: EpochMs | undefined): Rows {
    const rows = { books: 0, trades: 0, tickers: 0 };
    this.#atomic(() => {
      for (const record of records) {
        const table = this.#insert(record);
        if (table !== undefined) rows[table] += 1;
      }
      if (until !== undefined) this.#write.mark.run(until);
    });
    return rows;
  }

  room(): Room {
    const { freeShareMin, bytesMax, spareBytes } = this.#limits;
    const { bavail, blocks } = statfsSync(dirname(this.#path));
    const isLow = blocks > 0 && bavail / blocks < freeShareMin;
    if (!isLow && this.#bytes('page_count') <= bytesMax) return 'ample';
    const leastBytes = Math.min(SPARE_BYTES_MIN, spareBytes);
    return this.#bytes('freelist_count') < leastBytes ? 'none' : 'short';
  }

  /** Deletes a piece of what is older than 7 days, or of the oldest when room is short. */
  retain(now: EpochMs, room: Room): number {
    const cutoff = Math.max(now - KEPT_MS, room === 'ample' ? 0 : this.#oldestPiece(now));
    let deleted = 0;
    this.#atomic(() => {
      for (const statement of this.#write.deletions) {
        deleted += Number(statement.run(cutoff, PIECE_ROWS).changes);
      }
    });
    return deleted;
  }

  close(): void {
    this.#database.close();
  }

  /** What is deleted leaves its pages in the file for new rows: enough of them is enough. */
  #oldestPiece(now: EpochMs): number {
    if (this.#bytes('freelist_count') >= this.#limits.spareBytes) return 0;
    const oldest = this.#write.oldest.get()?.at;
    return typeof oldest === 'number' ? Math.min(oldest + PIECE_MS, now) : 0;
  }

  #bytes(pages: 'page_count' | 'freelist_count'): number {
    const count = Number(this.#database.prepare(`PRAGMA ${pages}`).get()?.[pages]);
    return count * Number(this.#database.prepare('PRAGMA page_size').get()?.page_size);
  }

  #atomic(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (fault) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw fault;
    }
  }

  #insert(record: FeedRecord): Table | undefined {
    const { symbol, at } = record;
    const write = this.#write;
    switch (record.kind) {
      case 'book': {
        const { form, sequence, bids, asks } = record;
        write.book.run(at, symbol, form, sequence, levelsText(bids), levelsText(asks));
        return 'books';
      }
      case 'trade': {
        const { id, tradedAt, price, amount, sideFlag } = record.trade;
        const row = [at, symbol, id, tradedAt, decimal(price), decimal(amount), sideFlag] as const;
        return write.trade.run(...row).changes === 0 ? undefined : 'trades';
      }
      case 'ticker': {
        const { bid, ask, last } = record.ticker;
        write.ticker.run(at, symbol, decimal(bid), decimal(ask), decimal(last));
        return 'tickers';
      }
      case 'gap-opened':
        write.gapOpened.run(symbol, record.reason, at);
        return undefined;
      case 'gap-closed':
        write.gapClosed.run(at, symbol);
        return undefined;
      default:
        return record satisfies never;
    }
  }
}

function statements(database: DatabaseSync) {
  const oldest = (table: string) => `SELECT min(received_at) AS at FROM ${table}`;
  return {
    book: database.prepare(
      'INSERT INTO books (received_at, symbol, form, sequence, bids, asks) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    // The list that answers a join repeats trades that are there already.
    trade: database.prepare(
      'INSERT INTO trades (received_at, symbol, trade_id, traded_at, price, amount, side_flag) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    ticker: database.prepare(
      'INSERT INTO tickers (received_at, symbol, bid, ask, last) VALUES (?, ?, ?, ?, ?)',
    ),
    gapOpened: database.prepare('INSERT INTO gaps (symbol, reason, from_at) VALUES (?, ?, ?)'),
    gapClosed: database.prepare(
      'UPDATE gaps SET to_at = max(?, from_at) WHERE symbol = ? AND to_at IS NULL',
    ),
    mark: database.prepare(
      'INSERT INTO mark (one, recorded_until) VALUES (1, ?) ON CONFLICT DO UPDATE SET recorded_until = excluded.recorded_until',
    ),
    oldest: database.prepare(
      `SELECT min(at) AS at FROM (${tables.map(oldest).join(' UNION ALL ')})`,
    ),
    deletions: [
      ...tables.map((table) => deletion(database, table, 'received_at')),
      deletion(database, 'gaps', 'to_at'), // one that lasts on has none
    ],
  };
}

function deletion(database: DatabaseSync, table: string, column: string) {
  return database.prepare(
    `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT ?)`,
  );
}

/** `[["4200000","0.5"],…]`, as the venue's REST book has them; in a difference "0" removes a price. */
function levelsText(levels: readonly Level[]): string {
  return JSON.stringify(levels.map(({ price, amount }) => [decimal(price), decimal(amount)]));
}
