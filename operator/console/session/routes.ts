import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Refusal } from '../../http/refusal.ts';
import type { Numbers } from '../numbers.ts';
import { COOKIE, paths, type Session } from '../wire/paths.ts';
import type { People, Person } from './people.ts';

const ATTRIBUTES = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

const BODY_BYTES_MAX = 16 * 1_024;
const MINUTE_MS = 60_000;
/** Behind a port-forward or an ingress many people share one address. */
const PER_ADDRESS_MAX = 20;
/** Each costs the API server a TokenReview. */
const IN_ALL_MAX = 120;

const SignIn = z.strictObject({ token: z.string().trim().min(1) });

export interface SessionRouteOptions {
  readonly people: People;
  readonly log: Logger;
  readonly numbers: Pick<Numbers, 'source'>;
  /** Release tag of this operator. */
  readonly version: string;
}

/** POST signs in, GET says who is, DELETE signs out. */
export async function sessionRoutes(
  app: FastifyInstance,
  options: SessionRouteOptions,
): Promise<void> {
  const { people, log, numbers, version } = options;
  await app.register(rateLimit, { global: false });
  const mayTry = limit(app);
  const told = ({ reader, expiresAt }: Person): Session => ({
    username: reader.username,
    groups: reader.groups ?? [],
    expiresAt: new Date(expiresAt).toISOString(),
    version,
    numbers: numbers.source,
  });

  app.post(paths.session, { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    await mayTry(request, reply);
    const body = SignIn.safeParse(request.body);
    if (!body.success) throw new Refusal(422, 'INVALID', 'send {"token": "…"}');
    const { person, cookie } = await people.signIn(body.data.token);
    log.info({ by: person.username }, 'signed in to the console');
    const expires = new Date(person.expiresAt);
    return reply.setCookie(COOKIE, cookie, { ...ATTRIBUTES, expires }).send(told(person));
  });

  app.get(paths.session, async ({ cookies }) => told(await people.of(cookies[COOKIE])));

  app.delete(paths.session, async (_request, reply) =>
    reply.clearCookie(COOKIE, ATTRIBUTES).code(204).send(),
  );
}

/** Refuses with 429 who tries too often, before the API server hears of it. */
function limit(app: FastifyInstance) {
  const window = { timeWindow: MINUTE_MS };
  const limits = [
    app.createRateLimit({ ...window, max: PER_ADDRESS_MAX }),
    app.createRateLimit({ ...window, max: IN_ALL_MAX, keyGenerator: () => 'all' }),
  ];
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    for (const ask of limits) {
      const answer = await ask(request);
      if (answer.isAllowed || !answer.isExceeded) continue;
      reply.header('retry-after', answer.ttlInSeconds);
      const why = `too many sign-ins; try again in ${answer.ttlInSeconds} s`;
      throw new Refusal(429, 'TOO_MANY_SIGN_INS', why);
    }
  };
}
