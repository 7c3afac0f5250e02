import { exportLine } from './entry-text.ts';
import type { ExportPage } from './journal.ts';
import type { Row, StoredRow } from './rows.ts';

/** One commit, one fsync, however many callers wait. */
export const GROUP_MAX = 256;
/** What an append may wait for besides other appends. */
export const EXPORT_PAGE = 200;
export const PRUNE_BATCH = 200;
/** Facts that wait for their store; beyond this the oldest are given up, and it is told. */
export const ASIDE_ROWS_MAX = 20_000;

export function exportPage(rows: readonly StoredRow[]): ExportPage {
  return { lines: rows.map(exportLine).join(''), last: rows.at(-1)?.sequence ?? null };
}

/**
 * Removes from the front of `waiting` what is over `ASIDE_ROWS_MAX` rows, but for those whose caller
 * still waits; returns how many rows.
 */
export function dropOldest(
  waiting: { readonly rows: readonly Row[]; readonly isRefused?: boolean }[],
): number {
  let rows = waiting.reduce((all, one) => all + one.rows.length, 0);
  let dropped = 0;
  while (rows > ASIDE_ROWS_MAX && waiting[0]?.isRefused !== false) {
    const count = waiting.shift()?.rows.length ?? 0;
    rows -= count;
    dropped += count;
  }
  return dropped;
}

/** Says what to do about a journal that a newer executor has written to. */
export const newerSchema = (found: number, known: number): Error =>
  new Error(
    `the journal has schema ${found}, this executor knows up to ${known}: ` +
      'run the newer executor again; a journal does not go back',
  );
