import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Refusal } from '../http/refusal.ts';
import { WebhookPayload, webhookAlerts } from './alert.ts';
import type { AlertingHealth } from './alerting-health.ts';
import { type TakeInDeps, takeIn } from './take-in.ts';

export interface IntakeDeps extends TakeInDeps {
  readonly health: AlertingHealth;
  readonly log: Logger;
  /** Read for every delivery, so a rotated token counts at once. */
  readonly tokenFile: string;
  /** Alertmanager left alerts out: look for them yourself, now. */
  readonly pollNow?: (() => void) | undefined;
}

/**
 * A delivery is some kilobytes, but in a storm it holds all alerts of a group, and a 413 is never
 * repeated: thousands of alerts with long annotations fit. Only who has the token gets this far.
 */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/**
 * POST /alertmanager. 200 only once everything it said about our executors is in the API (promise
 * 9); 401, 400 and 413 say what is wrong, and Alertmanager does not repeat them; anything that may
 * pass by itself is 503, which it repeats.
 */
export function intakeRoute(app: FastifyInstance, deps: IntakeDeps): void {
  const { metrics, health, log } = deps;
  app.post('/alertmanager', {
    bodyLimit: BODY_BYTES_MAX,
    onRequest: (request) => authenticate(request, deps), // before the body is read
    errorHandler: (error, _request, reply) => {
      if (reply.statusCode === 413 || error.statusCode === 413) {
        metrics.delivery('too-large');
        deps.pollNow?.(); // nobody repeats it
      } else if (error.statusCode === 400) metrics.delivery('malformed');
      else if (error.statusCode !== 401) metrics.delivery('unavailable');
      throw error; // the server's one error handler answers
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const parsed = WebhookPayload.safeParse(request.body);
      if (!parsed.success) {
        const message = `not an Alertmanager webhook of version 4: ${z.prettifyError(parsed.error)}`;
        throw new Refusal(400, 'MALFORMED', message);
      }
      const payload = parsed.data;
      if (payload.truncatedAlerts > 0) {
        metrics.truncated(payload.truncatedAlerts);
        log.warn({ truncatedAlerts: payload.truncatedAlerts }, 'delivery was truncated');
        deps.pollNow?.();
      }
      await takeIn(deps, webhookAlerts(payload));
      health.accepted();
      metrics.delivery('accepted');
      return reply.send({ accepted: payload.alerts.length });
    },
  });
}

async function authenticate(request: FastifyRequest, deps: IntakeDeps): Promise<void> {
  const [, shown = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const wanted = await token(deps.tokenFile);
  if (wanted !== '' && isSame(shown, wanted)) return;
  deps.metrics.delivery('unauthorized');
  deps.health.refused();
  deps.log.warn(
    { from: request.ip, withToken: shown !== '' },
    'a webhook without the right token was refused: its alerts are lost until Alertmanager repeats them',
  );
  const message = 'send the bearer token of the webhook Secret in the Authorization header';
  throw new Refusal(401, 'UNAUTHORIZED', message);
}

async function token(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    // Not the sender's fault: 503, so that it tries again.
    throw new Refusal(503, 'TOKEN_UNREADABLE', 'the webhook token cannot be read', { cause });
  }
}

/** Hashed first: timingSafeEqual wants equal lengths, and a length is a hint as well. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
