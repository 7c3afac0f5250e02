import type { MarkedOrder, Moment } from '../marks.ts';

export interface Segment {
  readonly name: string;
  readonly from: Moment;
  readonly to: Moment;
  /** The venue's time is not ours. */
  readonly isOurs: boolean;
}

/** The way of an order through the executor, in order; each moment begins the next segment. */
export const segments: readonly Segment[] = [
  {
    name: 'accept → admitted (token, body, guards)',
    from: 'accepted',
    to: 'admitted',
    isOurs: true,
  },
  {
    name: 'admitted → journalled (commit, fsync)',
    from: 'admitted',
    to: 'journalled',
    isOurs: true,
  },
  { name: 'journalled → turn (queue)', from: 'journalled', to: 'turn', isOurs: true },
  {
    name: 'turn → bytes to the venue (last gate, sign)',
    from: 'turn',
    to: 'written',
    isOurs: true,
  },
  { name: 'venue and network', from: 'written', to: 'replied', isOurs: false },
  { name: 'venue reply → outcome durable', from: 'replied', to: 'settled', isOurs: true },
  { name: 'outcome durable → answer', from: 'settled', to: 'answered', isOurs: true },
];

/** The same without what only an executor does. */
export const bareSegments: readonly Segment[] = [
  { name: 'accept → bytes to the venue', from: 'accepted', to: 'written', isOurs: true },
  { name: 'venue and network', from: 'written', to: 'replied', isOurs: false },
  { name: 'venue reply → answer', from: 'replied', to: 'answered', isOurs: true },
];

/** What the issue asks for by name, in three; together they are the time added. */
export const asked: readonly Segment[] = [
  { name: 'accept → journalled', from: 'accepted', to: 'journalled', isOurs: true },
  { name: 'journalled → bytes to the venue', from: 'journalled', to: 'written', isOurs: true },
  { name: 'venue reply → answer', from: 'replied', to: 'answered', isOurs: true },
];

/** Milliseconds of one segment, for the orders that went through it. */
export function lengths(
  orders: readonly MarkedOrder[],
  { from, to }: Pick<Segment, 'from' | 'to'>,
): readonly number[] {
  return orders.flatMap((order) => {
    const [begun, ended] = [order[from], order[to]];
    return begun === undefined || ended === undefined ? [] : [ended - begun];
  });
}

/** Milliseconds an order spent in this process besides waiting for the venue. */
export function added(orders: readonly MarkedOrder[]): readonly number[] {
  return orders.flatMap(({ accepted, written, replied, answered }) =>
    accepted === undefined ||
    written === undefined ||
    replied === undefined ||
    answered === undefined
      ? []
      : [written - accepted + (answered - replied)],
  );
}
