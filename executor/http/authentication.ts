import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Known, may, type Right, rolesOf } from '../access/roles.ts';
import type { Tokens } from '../access/tokens.ts';
import { ApiFailure } from './failure.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be allowed to do; a route without it is open. */
    right?: Right;
  }
  interface FastifyRequest {
    /** Subject of the verified token; empty on open routes. */
    caller: string;
  }
}

export interface AccessParts {
  readonly tokens: Tokens;
  /** undefined until the object was seen: nobody is known yet but the operator. */
  readonly known: () => Known;
  readonly isSeen: () => boolean;
}

/** Every route with a right demands a token that carries it. */
export function requireRights(server: FastifyInstance, parts: AccessParts): void {
  server.decorateRequest('caller', '');
  server.addHook('onRequest', async (request) => {
    const { right } = request.routeOptions.config;
    if (right === undefined) return;
    const subject = await verified(request, parts.tokens);
    const roles = rolesOf(subject, parts.known());
    if (may(roles, right)) {
      request.caller = subject;
      return;
    }
    if (!parts.isSeen()) {
      const message = 'the executor has not seen its TradingExecutor yet and knows no callers';
      throw new ApiFailure(503, 'STARTING', message);
    }
    const message = `${subject} may not ${right} here; add it to spec.callers with a fitting role`;
    throw new ApiFailure(403, 'CALLER_NOT_ALLOWED', message);
  });
}

async function verified(request: FastifyRequest, tokens: Tokens): Promise<string> {
  const [, token] = /^Bearer ([^ ]{1,8192})$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) {
    const message = 'send a ServiceAccount token with audience trading-executor as Bearer token';
    throw new ApiFailure(401, 'TOKEN_REQUIRED', message);
  }
  const result = await tokens.verify(token);
  if (result.kind === 'known') return result.subject;
  if (result.kind === 'unavailable') {
    const message = 'the cluster’s token keys cannot be read; try again in a moment';
    throw new ApiFailure(503, 'AUTHENTICATION_UNAVAILABLE', message);
  }
  throw new ApiFailure(401, 'TOKEN_INVALID', `the token does not prove who you are: ${result.why}`);
}
