import type { FastifyReply } from 'fastify';
import { type Denial, httpStatus } from '../guards/denial.ts';

/** Every error of this API: `{error: {code, message, details}}`. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly code: string;
  readonly details: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    rest: { readonly details?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = rest.details ?? {};
    this.retryAfterMs = rest.retryAfterMs;
  }
}

export function refusal({ code, message, details, retryAfterMs }: Denial): ApiFailure {
  return new ApiFailure(httpStatus[code], code, message, {
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

export function sendFailure(reply: FastifyReply, failure: ApiFailure): FastifyReply {
  const { status, code, message, details, retryAfterMs } = failure;
  if (status === 429 || retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil((retryAfterMs ?? 1_000) / 1_000))));
  }
  return reply.code(status).send({ error: { code, message, details } });
}
