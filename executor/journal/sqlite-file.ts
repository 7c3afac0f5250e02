import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditMark, AuditRow, AuditSource } from './audit-pages.ts';
import { EXPORT_PAGE, exportPage, PRUNE_BATCH } from './bounds.ts';
import type { DenialCount, ExportPage } from './journal.ts';
import type { Row, StoredRow } from './rows.ts';
import { migrate } from './sqlite-schema.ts';
import type { Query } from './thread-protocol.ts';

/** Pages of the log (16 MB) after which a commit folds it in itself: where there never is a pause. */
const LOG_PAGES_MAX = 4_000;
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 2000;
  PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX};
`;
/** Rows, 35 orders or so, after which folding is worth its fsync. */
const FOLD_ROWS = 200;
const COLUMNS = 'SELECT sequence, at, order_id AS orderId, body FROM events WHERE';

/** The journal's file and every statement on it. Blocks: only for the thread that owns it. */
export class SqliteFile implements AuditSource {
  /** An append waits for one page at most. */
  readonly pageSize = 500;
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #insertEvent;
  readonly #insertOrder;
  readonly #setPlaced;
  readonly #setFinal;
  /** Written since the log was folded in. */
  #logged = 0;

  constructor(path: string) {
    const database = new DatabaseSync(path);
    this.database = database;
    database.exec(PRAGMAS);
    migrate(database);
    this.#insertEvent = database.prepare(
      'INSERT INTO events (at, order_id, kind, body) VALUES (?, ?, ?, ?)',
    );
    this.#insertOrder = database.prepare(
      'INSERT INTO orders (order_id, scope, received_at, mode) VALUES (?, ?, ?, ?)',
    );
    // How placing went is told once, by the first such event.
    this.#setPlaced = database.prepare(
      `UPDATE orders SET outcome = ?, error_class = ?, latency_ms = ?
       WHERE order_id = ? AND outcome IS NULL`,
    );
    this.#setFinal = database.prepare(
      'UPDATE orders SET final = ? WHERE order_id = ? AND final <> ?',
    );
  }

  write({ at, orderId, kind, body, scope, mode, placed, final }: Row): void {
    if (scope !== null) this.#insertOrder.run(orderId, scope, at, mode ?? 'paper');
    this.#insertEvent.run(at, orderId, kind, body);
    if (placed !== null) {
      this.#setPlaced.run(placed.outcome, placed.errorClass, placed.latencyMs, orderId);
    }
    if (final !== null) this.#setFinal.run(final ? 1 : 0, orderId, final ? 1 : 0);
    this.#logged += 1;
  }

  get isFoldDue(): boolean {
    return this.#logged >= FOLD_ROWS;
  }

  /** Moves the write-ahead log into the file; what is durable stays so, and readers go on. */
  fold(): void {
    this.#logged = 0;
    this.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  query(query: Query): readonly StoredRow[] {
    if (query.kind === 'order') {
      return this.#all(`${COLUMNS} order_id = ? ORDER BY sequence`, query.orderId);
    }
    const [which, value] =
      query.kind === 'bound'
        ? ['scope = ?', query.scope]
        : ['received_at >= ? OR final = 0', query.since];
    const orders = `SELECT order_id FROM orders WHERE ${which}`;
    return this.#all(`${COLUMNS} order_id IN (${orders}) ORDER BY sequence`, value);
  }

  /** A turn of the loop before each page, so that orders are written in between. */
  async page({ receivedAt, orderId }: AuditMark): Promise<readonly AuditRow[]> {
    await nextTurn();
    return this.#all(
      `SELECT received_at AS receivedAt, order_id AS orderId, mode, outcome,
         error_class AS errorClass, latency_ms AS latencyMs
       FROM orders WHERE (received_at, order_id) > (?, ?)
       ORDER BY received_at, order_id LIMIT ${this.pageSize}`,
      receivedAt,
      orderId,
    );
  }

  async denials(sinceMs: number) {
    return this.#all<{ reason: string; count: number }>(
      `SELECT reason, sum(count) AS count FROM denials WHERE minute > ? - 60000
       GROUP BY reason ORDER BY reason`,
      sinceMs,
    );
  }

  tally(counts: readonly DenialCount[]): void {
    this.#transaction(() => {
      const add = this.database.prepare(
        `INSERT INTO denials (minute, reason, caller, count) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET count = count + excluded.count`,
      );
      for (const { minute, reason, caller, count } of counts)
        add.run(minute, reason, caller, count);
    });
  }

  export(after: number): ExportPage {
    return exportPage(
      this.#all(`${COLUMNS} sequence > ? ORDER BY sequence LIMIT ${EXPORT_PAGE}`, after),
    );
  }

  prune(before: number): number {
    const due = this.#all<{ orderId: string }>(
      `SELECT order_id AS orderId FROM orders WHERE received_at < ? AND final = 1 AND NOT EXISTS (
         SELECT 1 FROM events WHERE events.order_id = orders.order_id AND at >= ?)
       ORDER BY received_at LIMIT ${PRUNE_BATCH}`,
      before,
      before,
    );
    this.#transaction(() => {
      const events = this.database.prepare('DELETE FROM events WHERE order_id = ?');
      const order = this.database.prepare('DELETE FROM orders WHERE order_id = ?');
      for (const { orderId } of due) {
        events.run(orderId);
        order.run(orderId);
      }
      this.database.prepare('DELETE FROM denials WHERE minute < ?').run(before);
    });
    return due.length;
  }

  close(): void {
    this.database.close();
  }

  /** A statement is prepared once; there are as many as this class has texts. */
  #all<T = StoredRow>(sql: string, ...values: (string | number)[]): readonly T[] {
    const statement = this.#prepared.get(sql) ?? this.database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement.all(...values) as unknown as readonly T[];
  }

  #transaction(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.database.exec('COMMIT');
    } catch (fault) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw fault;
    }
  }
}
