import { z } from 'zod';
import { duration } from '../fields.ts';

/** What no `lossGrace` is longer than. */
export const LOSS_GRACE_MAX = '5m';

export const Control = z
  .object({
    confirmWithin: duration({ min: '1s', max: '5m', example: '5s' })
      .default('5s')
      .describe('A pod that has not shut its gate this long after a kill is deleted, once.'),
    lossGrace: duration({ min: '3s', max: LOSS_GRACE_MAX, example: '15s' })
      .default('15s')
      .describe('How long an executor that cannot read this object goes on before it stops.'),
    cancelOnKill: z
      .boolean()
      .default(true)
      .describe('Whether a kill cancels the open orders of this executor.'),
    deleteDeadline: duration({ min: '1s', max: '24h', example: '5m' })
      .default('5m')
      .describe(
        'How long a deletion waits until no order of this executor is open, in flight or unknown. After that it goes as it is, and an Event says what was not shown.',
      ),
  })
  .prefault({})
  .describe('How a kill is carried out and confirmed.');

export const ClockGuard = z
  .object({
    maxDriftMs: z
      .int()
      .min(50)
      .max(60_000)
      .default(2_000)
      .describe("How far the clock may be from the venue's, in milliseconds. Beyond: no orders."),
  })
  .prefault({})
  .describe('Guard against a wrong clock.');

export const Ladder = z
  .object({
    holdFor: duration({ min: '1s', max: '24h', example: '1m' })
      .default('1m')
      .describe('How long a rung is held without an alert before the next one.'),
  })
  .prefault({})
  .describe('How an executor climbs: paper, trickle, live, one rung at a time.');
