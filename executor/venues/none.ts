import {
  type Balance,
  type CancelReply,
  type PlaceReply,
  type Venue,
  VenueFailure,
  type VenueOrder,
} from './venue.ts';

const WHY = 'this venue has no certified adapter; only paper orders are possible';

/** Stands where a real venue would, for venues without an adapter: nothing is ever sent. */
export const noVenue: Venue = {
  place: async (): Promise<PlaceReply> => ({ kind: 'not-sent', message: WHY }),
  cancel: async (): Promise<CancelReply> => ({ kind: 'failed', message: WHY }),
  openOrders: (): Promise<readonly VenueOrder[]> => Promise.reject(new VenueFailure(WHY)),
  order: (): Promise<undefined> => Promise.reject(new VenueFailure(WHY)),
  history: (): Promise<readonly VenueOrder[]> => Promise.reject(new VenueFailure(WHY)),
  balances: (): Promise<readonly Balance[]> => Promise.reject(new VenueFailure(WHY)),
  close: async () => undefined,
};
