import type { Journal } from '../journal/journal.ts';
import { Account } from './account.ts';
import { Follow, type FollowParts } from './follow.ts';
import { Mismatches, type ReconcileMetrics } from './mismatches.ts';
import { Unknowns } from './unknowns.ts';

export interface ReconciliationParts
  extends Omit<FollowParts, 'account' | 'unknowns' | 'mismatches'> {
  readonly journal: Journal;
  readonly metrics: ReconcileMetrics;
}

/** Journal against venue, in its parts. */
export function reconciliation(parts: ReconciliationParts): {
  readonly follow: Follow;
  readonly account: Account;
} {
  const mismatches = new Mismatches(parts.metrics, parts.log);
  const account = new Account({ ...parts, mismatches });
  const unknowns = new Unknowns({ ...parts, account, mismatches });
  return { account, follow: new Follow({ ...parts, account, unknowns, mismatches }) };
}
