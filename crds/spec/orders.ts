import { z } from 'zod';
import { duration } from '../fields.ts';

export const Orders = z
  .object({
    timeToLive: duration({ min: '1s', max: '720h', example: '30m' })
      .optional()
      .describe(
        'How long an order may rest. One that is still open then is cancelled by itself. Default: for ever.',
      ),
  })
  .prefault({})
  .describe('The life of orders.');
