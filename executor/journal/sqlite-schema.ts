import type { DatabaseSync } from 'node:sqlite';
import { newerSchema } from './bounds.ts';

/**
 * One step per version, forward only; what has shipped is never changed. The first also finds its
 * tables in files from before versions were kept.
 */
export const SQLITE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS events (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL, order_id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX IF NOT EXISTS events_order ON events (order_id);
   CREATE TABLE IF NOT EXISTS orders (
     order_id TEXT PRIMARY KEY, scope TEXT NOT NULL UNIQUE, received_at INTEGER NOT NULL,
     final INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX IF NOT EXISTS orders_received ON orders (received_at);
   CREATE INDEX IF NOT EXISTS orders_unfinished ON orders (final) WHERE final = 0;`,
  // What the audit reads stands beside the order: a month is one walk over an index.
  `ALTER TABLE orders ADD COLUMN mode TEXT NOT NULL DEFAULT 'paper';
   ALTER TABLE orders ADD COLUMN outcome TEXT;
   ALTER TABLE orders ADD COLUMN error_class TEXT;
   ALTER TABLE orders ADD COLUMN latency_ms REAL;
   UPDATE orders SET mode = coalesce((
     SELECT body ->> '$.terms.mode' FROM events
     WHERE events.order_id = orders.order_id AND kind = 'received' ORDER BY sequence LIMIT 1), mode);
   UPDATE orders SET (outcome, error_class, latency_ms) = (
     SELECT body ->> '$.placed.outcome', body ->> '$.placed.errorClass', body ->> '$.placed.latencyMs'
     FROM events WHERE events.order_id = orders.order_id AND kind = 'placed'
     ORDER BY sequence LIMIT 1);
   CREATE TABLE denials (
     minute INTEGER NOT NULL, reason TEXT NOT NULL, caller TEXT NOT NULL, count INTEGER NOT NULL,
     PRIMARY KEY (minute, reason, caller)
   ) STRICT, WITHOUT ROWID;`,
  // Words of before versions were kept: an absent order was over then, now it is watched for a day.
  `UPDATE orders SET final = 0 WHERE (
     SELECT kind FROM events WHERE events.order_id = orders.order_id AND kind IN ('absent', 'seen')
     ORDER BY sequence DESC LIMIT 1) = 'absent';
   UPDATE events SET kind = 'presumed-absent', body = '{"kind":"presumed-absent"}'
     WHERE kind = 'absent';
   UPDATE events SET body = json_set(body, '$.code', 'VENUE_BREAKER_OPEN')
     WHERE kind = 'dropped' AND body ->> '$.code' = 'VENUE_REFUSES_KEY';`,
];

/** Brings a file to the newest schema, a step per transaction; refuses one that is newer. */
export function migrate(
  database: DatabaseSync,
  migrations: readonly string[] = SQLITE_MIGRATIONS,
): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  const found = row.user_version;
  if (found > migrations.length) throw newerSchema(found, migrations.length);
  for (let version = found; version < migrations.length; version += 1) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(migrations[version] ?? '');
      database.exec(`PRAGMA user_version = ${version + 1}`);
      database.exec('COMMIT');
    } catch (fault) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw fault;
    }
  }
}
