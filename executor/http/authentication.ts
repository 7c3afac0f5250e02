import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Callers } from '../access/callers.ts';
import { may, type Right, type Role } from '../access/roles.ts';
import { ApiFailure } from './failure.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be allowed to do; a route without it is open. */
    right?: Right;
  }
  interface FastifyRequest {
    /** Subject of the verified token; empty on open routes. */
    caller: string;
    roles: readonly Role[];
  }
}

export interface AccessParts {
  readonly callers: Callers;
  /** False until the object was seen: nobody is known yet but the operator. */
  readonly isSeen: () => boolean;
}

/** Every route with a right demands a token that carries it. */
export function requireRights(server: FastifyInstance, parts: AccessParts): void {
  server.decorateRequest('caller', '');
  server.decorateRequest('roles');
  server.addHook('onRequest', async (request) => {
    const { right } = request.routeOptions.config;
    if (right === undefined) return;
    const { callers } = parts;
    request.caller = await verified(request, callers);
    request.roles = callers.rolesOf(request.caller);
    if (may(request.roles, right)) return;
    if (!parts.isSeen()) {
      const message = 'the executor has not seen its TradingExecutor yet and knows no callers';
      throw new ApiFailure(503, 'STARTING', message);
    }
    throw notAllowed(request, right, callers.remedy);
  });
}

export const notAllowed = ({ caller }: FastifyRequest, right: Right, remedy: string): ApiFailure =>
  new ApiFailure(403, 'CALLER_NOT_ALLOWED', `${caller} may not ${right} here; ${remedy}`);

async function verified(request: FastifyRequest, { tokens, wanted }: Callers): Promise<string> {
  const [, token] = /^Bearer ([^ ]{1,8192})$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) {
    throw new ApiFailure(401, 'TOKEN_REQUIRED', `send ${wanted} as Bearer token`);
  }
  const result = await tokens.verify(token);
  if (result.kind === 'known') return result.subject;
  if (result.kind === 'unavailable') {
    const message = 'the cluster’s token keys cannot be read; try again in a moment';
    throw new ApiFailure(503, 'AUTHENTICATION_UNAVAILABLE', message);
  }
  throw new ApiFailure(401, 'TOKEN_INVALID', `the token does not prove who you are: ${result.why}`);
}
