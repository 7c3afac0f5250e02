import { z } from 'zod';
import { Name, text } from '../fields.ts';
import { immutable, ruled } from '../rules.ts';

const VenueName = ruled(z.enum(['btcturk', 'bist']), [
  immutable(
    'the venue of an executor cannot be changed; create another TradingExecutor for the other venue',
  ),
]).describe('The venue. It cannot be changed: make another TradingExecutor for another venue.');

export const Venue = z
  .object({
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
  })
  .describe('Where orders go.');
