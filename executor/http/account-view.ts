import { type Amount, decimal } from '../order/amount.ts';
import type { Account, External } from '../reconcile/account.ts';

const text = (amount: Amount | undefined): string | undefined =>
  amount === undefined ? undefined : decimal(amount);
const iso = (at: number): string => new Date(at).toISOString();

/** Open orders of the account that are not ours, as the venue told them at `asOf`; null: not yet. */
export function accountView(account: Account) {
  return {
    asOf: account.asOf === null ? null : iso(account.asOf),
    orders: account.external().map(externalView),
  };
}

function externalView({ order, firstSeenAt, probableTwinOf }: External) {
  const { view, clientId, symbol, detail } = order;
  return {
    venueId: view.venueId,
    clientId,
    symbol,
    side: detail?.side,
    type: detail?.type,
    quantity: text(detail?.quantity),
    price: text(detail?.price),
    filled: decimal(view.filled),
    firstSeenAt: iso(firstSeenAt),
    probableTwinOf,
  };
}
