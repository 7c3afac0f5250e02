import { z } from 'zod';
import { duration } from '../fields.ts';

export const Rollout = z
  .object({
    progressDeadline: duration({ min: '30s', max: '1h', example: '3m' })
      .default('3m')
      .describe(
        'How long a new image or new resources may take to become ready. After that the last good ones are put back, until spec.image, spec.version or spec.resources changes.',
      ),
  })
  .prefault({})
  .describe('How a new version is rolled out.');
