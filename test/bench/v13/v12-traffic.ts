import type { WireReply } from '../../../executor/venues/btcturk/exchange.ts';
import { Traffic as Shipped, type TrafficParts } from '../../../executor/venues/btcturk/traffic.ts';

/** Row 11 off: neither refusals of our key or our stamps nor Retry-After hold anything back. */
export class Traffic extends Shipped {
  constructor(parts: TrafficParts) {
    super({ ...parts, stampFault: () => undefined });
  }

  /** Nothing paces it. */
  override order(call: () => Promise<WireReply>): Promise<WireReply | 'open'> {
    return call();
  }

  override isKeyRefused(): boolean {
    return false;
  }

  override hold(): undefined {
    return undefined;
  }
}
