import type { ExecutorRow, OverviewEvent } from '../../wire/overview.ts';

/** Rows by uid, each the same object for as long as it did not change: only changed rows are drawn. */
export type Rows = ReadonlyMap<string, ExecutorRow>;

/** The rows after an event. A beat leaves them as they are. */
export function rowsAfter(rows: Rows, event: OverviewEvent): Rows {
  switch (event.kind) {
    case 'all':
      return new Map(event.rows.map((row) => [row.uid, sameOr(rows.get(row.uid), row)]));
    case 'changed': {
      const next = new Map(rows);
      for (const uid of event.gone) next.delete(uid);
      for (const row of event.rows) next.set(row.uid, row);
      return next;
    }
    case 'beat':
      return rows;
  }
}

/** After a reconnect everything comes again; what is as before need not be drawn again. */
function sameOr(before: ExecutorRow | undefined, row: ExecutorRow): ExecutorRow {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(row) ? before : row;
}
