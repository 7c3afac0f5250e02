/** What one client knows of one order it wanted: the answers it got under one key, oldest first. */
export interface Wanted {
  readonly key: string;
  /** HTTP statuses; `lost` when the connection broke before there was one. */
  readonly answers: readonly (number | 'lost')[];
}

/** One order as the executor tells it in the end. */
export interface Told {
  readonly id: string;
  readonly key: string;
  readonly state: string;
}

/** One order in the venue's own ledger. */
export interface Accepted {
  readonly clientId: string;
}

export interface World {
  readonly wanted: readonly Wanted[];
  readonly told: readonly Told[];
  readonly ledger: readonly Accepted[];
}

const AT_VENUE = new Set(['working', 'filled', 'canceled']);
const UNDECIDED = new Set(['received', 'sent', 'unknown']);

/**
 * Everything that is not as promised (design, promise 5): an order lost, doubled, or not known in
 * the end. Empty when all is well. Pure.
 */
export function faults({ wanted, told, ledger }: World): readonly string[] {
  const found: string[] = [];
  const accepted = countBy(ledger, ({ clientId }) => clientId);
  const ids = new Set(told.map(({ id }) => id));
  for (const [clientId, times] of accepted) {
    if (times > 1) found.push(`order ${clientId} is ${times} times in the venue's ledger`);
    if (!ids.has(clientId)) found.push(`the venue has ${clientId}, the journal does not`);
  }
  for (const [key, times] of countBy(told, (one) => one.key)) {
    if (times > 1) found.push(`key ${key} made ${times} orders`);
  }
  for (const order of told) found.push(...faultsOf(order, accepted.has(order.id)));
  const byKey = new Map(told.map((order) => [order.key, order]));
  for (const { key, answers } of wanted) {
    const order = byKey.get(key);
    if (answers.includes(201) && (order === undefined || !accepted.has(order.id))) {
      found.push(`key ${key} was answered 201 and the venue does not have it`);
    }
    if (answers.includes(202) && order === undefined) {
      found.push(`key ${key} was answered 202 and nobody knows it`);
    }
  }
  return found;
}

function faultsOf({ id, state }: Told, isAccepted: boolean): readonly string[] {
  if (UNDECIDED.has(state)) return [`order ${id} is still ${state}`];
  if (AT_VENUE.has(state) && !isAccepted)
    return [`order ${id} is ${state}, the venue never had it`];
  if (!AT_VENUE.has(state) && isAccepted) return [`order ${id} is ${state}, yet the venue has it`];
  return [];
}

function countBy<T>(list: readonly T[], of: (one: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of list) counts.set(of(one), (counts.get(of(one)) ?? 0) + 1);
  return counts;
}

/** How far an order had come when the process was killed, told by who had it. */
export const steps = [
  'not in the journal',
  'in the journal, not at the venue',
  'at the venue, its answer not in the journal',
  'its answer in the journal, not at the client',
  'answered',
] as const;
export type Step = (typeof steps)[number];

export interface Traces {
  readonly isJournalled: boolean;
  readonly isAccepted: boolean;
  readonly isPlaced: boolean;
  readonly isAnswered: boolean;
}

export function step({ isJournalled, isAccepted, isPlaced, isAnswered }: Traces): Step {
  if (isAnswered) return 'answered';
  if (isPlaced) return 'its answer in the journal, not at the client';
  if (isAccepted) return 'at the venue, its answer not in the journal';
  return isJournalled ? 'in the journal, not at the venue' : 'not in the journal';
}
