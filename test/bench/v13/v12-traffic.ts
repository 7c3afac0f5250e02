import { Traffic as Shipped } from '../../../executor/venues/btcturk/traffic.ts';

/** Row 11 off: neither refusals of our key nor Retry-After hold anything back. */
export class Traffic extends Shipped {
  override isKeyRefused(): boolean {
    return false;
  }

  override hold(): undefined {
    return undefined;
  }
}
