import { z } from 'zod';
import { duration, text } from '../fields.ts';

const Matcher = text({
  max: 256,
  pattern: '^[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"[^"]*"$',
  says: 'must be an Alertmanager matcher with the value in quotes, e.g. severity="critical"',
});

export const Rollback = z
  .object({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether a lasting alert puts the executor on paper and kills it.'),
    persistFor: duration({ min: '1s', max: '24h', example: '10m' })
      .default('10m')
      .describe('How long the alert must last, counted from its own beginning.'),
    matchers: z
      .array(Matcher)
      .min(1)
      .max(16)
      .default(['spark_trading_rollback="true"'])
      .describe('An alert of this executor that fits all of these Alertmanager matchers counts.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    honourSilences: z
      .boolean()
      .default(false)
      .describe('Whether a silenced alert is left out. Silences are for people: by default not.'),
  })
  .prefault({})
  .describe('When the operator puts the executor on paper by itself.');
