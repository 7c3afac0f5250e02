import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AuditSummary, AuditSums, type AuditWindow, type Placed } from './audit.ts';

interface AuditRow extends Placed {
  readonly receivedAt: number;
  readonly orderId: string;
  readonly mode: string;
}

/** An append waits for one page at most. */
const PAGE_ROWS = 500;

/** From the first order after a moment on; how placing went is told once, by the first such event. */
const PAGE = `
  WITH page AS MATERIALIZED (
    SELECT received_at AS receivedAt, order_id AS orderId,
      (SELECT body FROM events WHERE order_id = o.order_id AND kind = 'received'
        ORDER BY sequence LIMIT 1) AS received,
      (SELECT body FROM events WHERE order_id = o.order_id AND kind = 'placed'
        ORDER BY sequence LIMIT 1) AS placed
    FROM orders AS o WHERE (received_at, order_id) > (?, ?)
    ORDER BY received_at, order_id LIMIT ${PAGE_ROWS}
  )
  SELECT receivedAt, orderId, received ->> '$.terms.mode' AS mode,
    placed ->> '$.placed.outcome' AS outcome, placed ->> '$.placed.errorClass' AS errorClass,
    placed ->> '$.placed.latencyMs' AS latencyMs
  FROM page ORDER BY receivedAt, orderId`;

/** Sums up in pages, with a turn of the loop after each, so that orders are written in between. */
export function auditor(database: DatabaseSync): (window: AuditWindow) => Promise<AuditSummary> {
  const page = database.prepare(PAGE);
  return async ({ ms, now, paper }) => {
    const sums = new AuditSums();
    let last = { receivedAt: Math.floor(now - ms) + 1, orderId: '' };
    for (;;) {
      const rows = page.all(last.receivedAt, last.orderId) as unknown as AuditRow[];
      for (const row of rows) if (paper || row.mode !== 'paper') sums.add(row);
      const end = rows.at(-1);
      if (end === undefined || rows.length < PAGE_ROWS) return sums.summary(ms);
      last = end;
      await nextTurn();
    }
  };
}
