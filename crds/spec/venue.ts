import { z } from 'zod';
import { Name, text } from '../fields.ts';
import { immutable, type Rule, ruled } from '../rules.ts';

const VenueName = ruled(z.enum(['btcturk', 'bist']), [
  immutable(
    'the venue of an executor cannot be changed; create another TradingExecutor for the other venue',
  ),
]).describe('The venue. It cannot be changed: make another TradingExecutor for another venue.');

const Fields = z.object({
  name: VenueName,
  baseUrl: text({
    max: 253,
    pattern: '^https?://[^ /?#]+$',
    says: 'must be an origin without a path, e.g. https://api.btcturk.com',
  })
    .optional()
    .describe('REST origin, without a path. Default for btcturk: https://api.btcturk.com'),
  feedUrl: text({
    max: 253,
    pattern: '^wss?://[^ ]+$',
    says: 'must be a WebSocket address, e.g. wss://ws-feed-pro.btcturk.com/',
  })
    .optional()
    .describe(
      'WebSocket feed. Default for btcturk: wss://ws-feed-pro.btcturk.com/; none when baseUrl is set without it.',
    ),
  credentialsSecretRef: z
    .object({ name: Name.describe('Name of the Secret.') })
    .optional()
    .describe(
      'A Secret in the same namespace with the keys publicKey and privateKey, mounted as files. Needed for trickle and live. A change takes effect once the executor is killed and flat.',
    ),
  timeoutMs: z
    .int()
    .min(100)
    .max(30_000)
    .default(5_000)
    .describe(
      'How long one call to the venue may take, in milliseconds. An order unanswered by then is unknown: it is asked about, never sent again.',
    ),
  calendarUrl: text({
    max: 512,
    // Shown to whoever may read the executor: it must not carry a secret.
    pattern: '^(https://[^ @?#]+|file:///[^ ]+)$',
    says: 'must be an https address without credentials or query, e.g. https://desk.example/bist.json, or file:///PATH',
  })
    .optional()
    .describe(
      'bist only: where newer days and symbol notes are read from, once a minute; see GET /calendar of the executor. https, or file for an executor outside Kubernetes. Default: the calendar the executor was built with, and days of a year it does not know are closed.',
    ),
  calendarConfigMapRef: z
    .object({ name: Name.describe('Name of the ConfigMap.') })
    .optional()
    .describe(
      'bist only, instead of calendarUrl: a ConfigMap in the same namespace with the key calendar.json, mounted as a file. A change of its content takes effect within minutes, without a restart.',
    ),
});

const oneCalendar: Rule<z.output<typeof Fields>> = {
  cel: '!(has(self.calendarUrl) && has(self.calendarConfigMapRef))',
  message: 'calendarUrl and calendarConfigMapRef exclude each other; remove one',
  holds: ({ calendarUrl, calendarConfigMapRef }) =>
    calendarUrl === undefined || calendarConfigMapRef === undefined,
};

export const Venue = ruled(Fields, [oneCalendar]).describe('Where orders go.');
