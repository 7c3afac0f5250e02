import { VenueFailure, type VenueOrder } from '../venue.ts';

/** The venue's default. Its documents cap a page at 1000 in one place, at 50 in another. */
export const PAGE_SIZE = 100;
/** A shorter page is no longer one that was capped. */
const PAGE_CAP_MIN = 50;
const PAGES_MAX = 40;

/**
 * Every order that `turn` shows from page 1 on, back to `since` (UTC ms). A short page proves
 * nothing, it may have been capped: the end is an empty page, or a row older than `since` while the
 * ids have only fallen. New orders shift rows to later pages, so rows come twice and none is missed.
 * Throws VenueFailure when the end was not reached.
 */
export async function completeHistory(
  turn: (page: number) => Promise<readonly VenueOrder[]>,
  since: number,
): Promise<readonly VenueOrder[]> {
  const found = new Map<string, VenueOrder>();
  let isFalling = true;
  let lowest: bigint | undefined;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const rows = await turn(page);
    const fresh = rows.filter(({ view }) => !found.has(view.venueId));
    for (const row of fresh) {
      const id = BigInt(row.view.venueId);
      if (lowest !== undefined && id > lowest) isFalling = false;
      lowest = lowest === undefined || id < lowest ? id : lowest;
      found.set(row.view.venueId, row);
    }
    if (rows.length === 0) return [...found.values()];
    if (fresh.length === 0) {
      if (rows.length < PAGE_CAP_MIN) return [...found.values()];
      throw new VenueFailure('allOrders: the same page again; what lies behind it cannot be read');
    }
    const oldestAt = fresh.at(-1)?.detail?.at ?? 0;
    if (isFalling && oldestAt > 0 && oldestAt < since) return [...found.values()];
  }
  throw new VenueFailure(`allOrders: more than ${PAGES_MAX} pages back to ${since}`);
}
