import type { Guard } from '../../../executor/guards/guard.ts';

/** Row 12 off: what the venue wants of an order is learned from its refusal. */
export const instrument: Guard = () => undefined;
