import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

export interface Health {
  /** Why the process should be restarted; undefined while it is well. */
  readonly dead: () => string | undefined;
  /** Why it cannot answer callers yet. Being killed is no reason: they must get their 403. */
  readonly notReady: () => string | undefined;
  readonly registry: Registry;
}

export function probeRoutes(server: FastifyInstance, health: Health): void {
  server.get('/livez', async (_request, reply) => {
    const why = health.dead();
    return reply.code(why === undefined ? 200 : 503).send(`${why ?? 'ok'}\n`);
  });
  server.get('/readyz', async (_request, reply) => {
    const why = health.notReady();
    return reply.code(why === undefined ? 200 : 503).send(`${why ?? 'ok'}\n`);
  });
  server.get('/metrics', async (_request, reply) => {
    reply.header('content-type', health.registry.contentType);
    return health.registry.metrics();
  });
}
