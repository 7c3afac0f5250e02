import type { AuditMark, AuditRow, AuditSource } from './audit-pages.ts';
import { EXPORT_PAGE, exportPage, PRUNE_BATCH } from './bounds.ts';
import type { DenialCount, ExportPage } from './journal.ts';
import { PostgresFailure, PostgresSession, type SessionOptions } from './postgres-session.ts';
import type { StoredRow } from './rows.ts';
import type { Query } from './thread-protocol.ts';

const COLUMNS = 'SELECT sequence, at, order_id AS "orderId", body FROM spark_events WHERE';

/** Everything but appends, on a connection of its own. */
export class PostgresReads implements AuditSource {
  /** Nobody waits for a page here; each costs a round trip. */
  readonly pageSize = 5_000;
  readonly #options: SessionOptions;
  readonly #journal: () => Promise<number>;
  #session: Promise<PostgresSession> | undefined;

  constructor(options: SessionOptions, journal: () => Promise<number>) {
    this.#options = options;
    this.#journal = journal;
  }

  query(query: Query): Promise<readonly StoredRow[]> {
    if (query.kind === 'order') {
      return this.#ask(`${COLUMNS} journal = $1 AND order_id = $2 ORDER BY sequence`, [
        query.orderId,
      ]);
    }
    const [which, value] =
      query.kind === 'bound'
        ? ['scope = $2', query.scope]
        : ['(received_at >= $2 OR NOT final)', query.since];
    const orders = `SELECT order_id FROM spark_orders WHERE journal = $1 AND ${which}`;
    return this.#ask(`${COLUMNS} journal = $1 AND order_id IN (${orders}) ORDER BY sequence`, [
      value,
    ]);
  }

  page({ receivedAt, orderId }: AuditMark): Promise<readonly AuditRow[]> {
    return this.#ask(
      `SELECT received_at AS "receivedAt", order_id AS "orderId", mode, outcome,
         error_class AS "errorClass", latency_ms AS "latencyMs"
       FROM spark_orders WHERE journal = $1 AND (received_at, order_id) > ($2, $3)
       ORDER BY received_at, order_id LIMIT ${this.pageSize}`,
      [receivedAt, orderId],
    );
  }

  denials(sinceMs: number): Promise<readonly { reason: string; count: number }[]> {
    return this.#ask(
      `SELECT reason, sum(count)::bigint AS count FROM spark_denials
       WHERE journal = $1 AND minute > $2::bigint - 60000 GROUP BY reason ORDER BY reason`,
      [sinceMs],
    );
  }

  async tally(counts: readonly DenialCount[]): Promise<void> {
    await this.#ask(
      `INSERT INTO spark_denials AS d (journal, minute, reason, caller, count)
       SELECT $1, minute, reason, caller, sum(x.count)
       FROM json_to_recordset($2) AS x(minute bigint, reason text, caller text, count bigint)
       GROUP BY minute, reason, caller
       ON CONFLICT (journal, minute, reason, caller) DO UPDATE SET count = d.count + excluded.count`,
      [JSON.stringify(counts)],
      false,
    );
  }

  async export(after: number): Promise<ExportPage> {
    const which = `journal = $1 AND sequence > $2 ORDER BY sequence LIMIT ${EXPORT_PAGE}`;
    return exportPage(await this.#ask(`${COLUMNS} ${which}`, [after]));
  }

  async prune(before: number): Promise<number> {
    const gone = await this.#ask(
      `WITH due AS (
         SELECT order_id FROM spark_orders AS o
         WHERE journal = $1 AND received_at < $2 AND final AND NOT EXISTS (
           SELECT 1 FROM spark_events AS e
           WHERE e.journal = $1 AND e.order_id = o.order_id AND e.at >= $2)
         ORDER BY received_at LIMIT ${PRUNE_BATCH}),
       events AS (DELETE FROM spark_events
         WHERE journal = $1 AND order_id IN (SELECT order_id FROM due)),
       denials AS (DELETE FROM spark_denials WHERE journal = $1 AND minute < $2)
       DELETE FROM spark_orders WHERE journal = $1 AND order_id IN (SELECT order_id FROM due)
       RETURNING 1`,
      [before],
    );
    return gone.length;
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.end();
  }

  /** Asks once more on a new connection when the old one turns out to be gone. */
  async #ask<T>(text: string, values: readonly unknown[], mayRepeat = true): Promise<readonly T[]> {
    const journal = await this.#journal();
    const session = await this.#connected();
    try {
      return await session.query<T>(text, [journal, ...values]);
    } catch (fault) {
      if (!mayRepeat || !(fault instanceof PostgresFailure) || fault.isRefusal) throw fault;
      return await (await this.#connected()).query<T>(text, [journal, ...values]);
    }
  }

  /** Whoever finds the connection gone opens the next one; the others wait for that. */
  async #connected(): Promise<PostgresSession> {
    for (;;) {
      const known = this.#session;
      const session = await known?.catch(() => undefined);
      if (session !== undefined && !session.isLost) return session;
      if (this.#session !== known) continue;
      this.#session = PostgresSession.open(this.#options);
      return this.#session;
    }
  }
}
