import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

/** What a dead executor's journal says of one key. */
export interface Journalled {
  readonly orderId: string;
  readonly isPlaced: boolean;
}

/** By idempotency key. */
export type Traces = ReadonlyMap<string, Journalled>;

interface Row {
  readonly orderId: string;
  readonly scope: string;
  readonly placed: number | boolean;
}

/** Of a journal in a file: read from a copy, for opening the file itself would already recover it. */
export function tracesInFile(data: string): Traces {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  try {
    for (const name of ['journal.sqlite', 'journal.sqlite-wal']) {
      if (existsSync(join(data, name))) cpSync(join(data, name), join(folder, name));
    }
    const database = new DatabaseSync(join(folder, 'journal.sqlite'));
    const placed = `EXISTS (SELECT 1 FROM events e WHERE e.order_id = o.order_id AND e.kind = 'placed')`;
    const text = `SELECT o.order_id AS orderId, o.scope AS scope, ${placed} AS placed FROM orders o`;
    const rows = database.prepare(text).all() as unknown as Row[];
    database.close();
    return byKey(rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a journal in a database, which goes on without its writer. */
export async function tracesInDatabase(url: string): Promise<Traces> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const text =
      'SELECT order_id AS "orderId", scope, outcome IS NOT NULL AS placed FROM spark_orders';
    return byKey((await client.query<Row>(text)).rows);
  } finally {
    await client.end();
  }
}

const byKey = (rows: readonly Row[]): Traces =>
  new Map(
    rows.map(({ orderId, scope, placed }) => [
      scope.slice(scope.indexOf('\n') + 1),
      { orderId, isPlaced: placed === true || placed === 1 },
    ]),
  );
