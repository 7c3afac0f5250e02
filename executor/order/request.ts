import type { Amount } from './amount.ts';
import type { Side } from './order.ts';

/** The body of POST /place, amounts scaled. */
export interface PlaceRequest {
  readonly symbol: string;
  readonly side: Side;
  readonly type: 'limit' | 'market';
  readonly quantity?: Amount;
  readonly quoteQuantity?: Amount;
  readonly price?: Amount;
  readonly dryRun: boolean;
}
