import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { bearerOf, isAllowed, readerOf } from './reader.ts';
import { Refusal } from './refusal.ts';

export const METRICS_PATH = '/metrics';
/** One question per minute and token, not two per scrape. A right that was taken away ends as late. */
const TRUSTED_MS = 60_000;
/** More tokens than there are Prometheus replicas; a flood of them cannot fill the memory. */
const TOKENS_MAX = 64;

export interface ProtectedMetrics {
  readonly registry: Registry;
  readonly connection: KubeConnection;
  readonly clock: Clock;
}

/**
 * GET /metrics for whoever may `get` the path /metrics (nonResourceURLs), over TLS. As
 * controller-runtime's WithAuthenticationAndAuthorization: TokenReview, then SubjectAccessReview.
 */
export function protectedMetrics(app: FastifyInstance, options: ProtectedMetrics): void {
  const { registry, connection, clock } = options;
  const trustedUntil = new Map<string, number>();
  app.get(METRICS_PATH, async ({ headers: { authorization } }, reply) => {
    const token = createHash('sha256').update(bearerOf(authorization)).digest('hex');
    if ((trustedUntil.get(token) ?? Number.NEGATIVE_INFINITY) <= clock.elapsed()) {
      await judged(connection, authorization);
      trustedUntil.delete(token); // the newest are last
      trustedUntil.set(token, clock.elapsed() + TRUSTED_MS);
      const [oldest] = trustedUntil.keys();
      if (trustedUntil.size > TOKENS_MAX && oldest !== undefined) trustedUntil.delete(oldest);
    }
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

async function judged(connection: KubeConnection, authorization: string | undefined) {
  const reader = await readerOf(connection, authorization);
  const nonResourceAttributes = { verb: 'get', path: METRICS_PATH };
  if (await isAllowed(connection, reader, { nonResourceAttributes })) return;
  const right = `get the path ${METRICS_PATH}; bind it to the ClusterRole …-metrics-reader`;
  throw new Refusal(403, 'FORBIDDEN', `${reader.username} may not ${right} of this release`);
}
