import { describe, expect, it } from 'vitest';
import { boundBy } from './ceiling.ts';

const load = { mainLoop: 0.3, processCores: 0.3, venueCores: 0.2, callerCores: 0.2 };

describe('what bounds the ceiling', () => {
  it.each([
    ['its own main loop', { mainLoop: 0.97, processCores: 1.1 }, 'CPU of its main loop'],
    ['the simulated venue', { venueCores: 0.95 }, 'CPU of the simulated venue'],
    ['the load generator', { callerCores: 0.9 }, 'CPU of the load generator'],
    ['other programs', { mainLoop: 0.96, processCores: 0.14 }, 'other programs'],
    ['nobody: it waits, as for a disk', {}, 'waiting'],
  ])('is %s', (_, busy, said) => {
    expect(boundBy({ ...load, ...busy })).toContain(said);
  });
});
