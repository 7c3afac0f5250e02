import { type BreakerState, Breaker as Shipped } from '../../../executor/lanes/breaker.ts';

export { breakerStates } from '../../../executor/lanes/breaker.ts';

/** Row 11 off: it measures nothing and stops nothing. */
export class Breaker<Reply> extends Shipped<Reply> {
  override get state(): BreakerState {
    return 'closed';
  }

  override run(call: () => Promise<Reply>): Promise<Reply> {
    return call();
  }

  override pass(call: () => Promise<Reply>): Promise<Reply> {
    return call();
  }

  override open(): void {
    // never
  }
}
