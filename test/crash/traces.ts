import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What a dead executor's journal says of one key. */
export interface Journalled {
  readonly orderId: string;
  readonly isPlaced: boolean;
}

/**
 * Reads the journal of an executor that is dead, from a copy: opening the file itself would already
 * recover it. By idempotency key.
 */
export function journalled(data: string): ReadonlyMap<string, Journalled> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  try {
    for (const name of ['journal.sqlite', 'journal.sqlite-wal']) {
      if (existsSync(join(data, name))) cpSync(join(data, name), join(folder, name));
    }
    const database = new DatabaseSync(join(folder, 'journal.sqlite'));
    const rows = database
      .prepare(
        `SELECT o.order_id AS orderId, o.scope AS scope,
           EXISTS (SELECT 1 FROM events e WHERE e.order_id = o.order_id AND e.kind = 'placed') AS placed
         FROM orders o`,
      )
      .all() as unknown as { orderId: string; scope: string; placed: number }[];
    database.close();
    return new Map(
      rows.map(({ orderId, scope, placed }) => [
        scope.slice(scope.indexOf('\n') + 1),
        { orderId, isPlaced: placed === 1 },
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
