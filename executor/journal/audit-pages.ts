import { type AuditSummary, AuditSums, type AuditWindow, type Placed } from './audit.ts';

/** One order as the audit reads it. */
export interface AuditRow extends Placed {
  readonly receivedAt: number;
  readonly orderId: string;
  readonly mode: string;
}

export interface AuditMark {
  readonly receivedAt: number;
  readonly orderId: string;
}

/** What an adapter reads for an audit, in pages: nothing that writes waits for more than one. */
export interface AuditSource {
  /** How many orders a page holds, but for the last. */
  readonly pageSize: number;
  /** Orders after a mark, ordered by receipt and id. */
  page(after: AuditMark): Promise<readonly AuditRow[]>;
  /** Refusals of guards since a minute, summed by reason. */
  denials(sinceMs: number): Promise<readonly { readonly reason: string; readonly count: number }[]>;
}

/** Sums up the orders of a window; both adapters share it, so that they agree. */
export async function summed(source: AuditSource, window: AuditWindow): Promise<AuditSummary> {
  const sums = new AuditSums(window);
  const since = Math.floor(window.now - window.ms);
  let last: AuditMark = { receivedAt: since + 1, orderId: '' };
  for (;;) {
    const rows = await source.page(last);
    for (const row of rows) {
      if (window.paper || row.mode !== 'paper') sums.add(row, row.receivedAt);
    }
    const end = rows.at(-1);
    if (end === undefined || rows.length < source.pageSize) break;
    last = end;
  }
  for (const { reason, count } of await source.denials(since)) sums.denied(reason, count);
  return sums.summary();
}
