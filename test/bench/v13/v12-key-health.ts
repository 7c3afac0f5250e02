import { KeyHealth as Shipped } from '../../../executor/key-health.ts';

/** Row 11 off: refusals of our key stop nothing. */
export class KeyHealth extends Shipped {
  override isRefused(): boolean {
    return false;
  }
}
