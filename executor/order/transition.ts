import type { EpochMs } from '../../crds/clock.ts';
import { type Amount, ZERO } from './amount.ts';
import type { Order, OrderEvent, OrderState, VenueView } from './order.ts';

/** An event that cannot follow the order's state: a value, counted and kept, never thrown. */
export interface Illegal {
  readonly illegal: true;
  readonly from: OrderState['state'];
  readonly event: OrderEvent['kind'];
}

/** The only way an order changes. `at` is when the event was recorded, ms UTC. Pure. */
export function transition(order: Order, event: OrderEvent, at: EpochMs): Order | Illegal {
  if (event.kind === 'cancel-asked') return order;
  if (event.kind === 'placed') {
    return order.placed === undefined ? { ...order, placed: event.placed } : illegal(order, event);
  }
  const next = nextState(order, event, at);
  if (next === undefined) return illegal(order, event);
  const { terms, placed } = order;
  return { terms, updatedAt: at, ...(placed === undefined ? {} : { placed }), ...next };
}

function nextState(order: Order, event: OrderEvent, at: EpochMs): OrderState | undefined {
  switch (order.state) {
    case 'received':
      if (event.kind === 'dropped') {
        return { state: 'dropped', code: event.code, message: event.message };
      }
      if (event.kind === 'sent') return { state: 'sent', sentAt: at };
      // After a crash: the journal says received, the venue may know better.
      if (event.kind === 'lost') return { state: 'unknown', since: at, cause: event.cause };
      return event.kind === 'seen' ? venueSaid(ZERO, event.view) : undefined;
    case 'sent':
    case 'unknown':
      return answered(order, event, at);
    case 'working':
    case 'canceled': // a fill can overtake a cancel; the trade is real and counts
      return event.kind === 'seen' && event.view.venueId === order.venueId
        ? later(order, event.view)
        : undefined;
    case 'presumed-absent':
      if (event.kind === 'unwatched')
        return { state: order.state, since: order.since, watched: false };
      return event.kind === 'seen' ? venueSaid(ZERO, event.view) : undefined;
    case 'dropped':
    case 'rejected': // it should not be there, but the venue's word counts: it trades
      return event.kind === 'seen' ? venueSaid(ZERO, event.view) : undefined;
    case 'filled':
      return undefined;
    default:
      return order satisfies never;
  }
}

type Awaiting = Extract<Order, { state: 'sent' | 'unknown' }>;

function answered(order: Awaiting, event: OrderEvent, at: EpochMs): OrderState | undefined {
  switch (event.kind) {
    case 'seen':
      return venueSaid(ZERO, event.view);
    case 'rejected':
      return { state: 'rejected', errorClass: event.errorClass, message: event.message };
    case 'lost':
      return order.state === 'sent'
        ? { state: 'unknown', since: at, cause: event.cause }
        : undefined;
    case 'presumed-absent':
      return order.state === 'unknown'
        ? { state: 'presumed-absent', since: at, watched: true }
        : undefined;
    default:
      return undefined;
  }
}

/** A cancelled order stays cancelled unless the venue says it was filled after all. */
function later(
  order: Extract<Order, { state: 'working' | 'canceled' }>,
  view: VenueView,
): OrderState | undefined {
  if (order.state === 'canceled' && view.status === 'open') return undefined;
  return venueSaid(order.filled, view);
}

/** Fills only grow: an answer that was overtaken on its way takes none back. */
function venueSaid(known: Amount, view: VenueView): OrderState {
  const filled = view.filled > known ? view.filled : known;
  const state = view.status === 'open' ? 'working' : view.status;
  return { state, venueId: view.venueId, filled };
}

function illegal(order: Order, event: OrderEvent): Illegal {
  return { illegal: true, from: order.state, event: event.kind };
}
