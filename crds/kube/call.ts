import type { Dispatcher } from 'undici';
import type { KubeConnection } from './connection.ts';

export const JSON_BODY = 'application/json';
export const SERVER_SIDE_APPLY = 'application/apply-patch+yaml';
export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root, e.g. `/apis/spark.trading/v1alpha1/tradingexecutors`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** For the whole call, answer included. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly accept?: 'json' | 'text';
}

export type Answer<T> =
  | { readonly ok: true; readonly status: number; readonly body: T; readonly date?: string }
  | {
      readonly ok: false;
      readonly status: number;
      /** `reason` of the API server's Status, e.g. NotFound, Conflict; '' when it sent none. */
      readonly reason: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    };

/** No answer: broken I/O, a deadline, or an answer that is not what the API server speaks. */
export class KubeUnreachable extends Error {
  override readonly name = 'KubeUnreachable';
}

export const CALL_TIMEOUT_MS = 10_000;
/** A page of 500 of the largest objects etcd accepts would be more; none of ours comes near. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * One request to the API server, sent once: retrying is the caller's decision. Any HTTP answer is
 * a value; throws KubeUnreachable (with its cause) when there is none within `timeoutMs`, and the
 * signal's reason when the caller aborts.
 */
export async function call<T>(connection: KubeConnection, request: Call): Promise<Answer<T>> {
  const timeoutMs = request.timeoutMs ?? CALL_TIMEOUT_MS;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
  try {
    const response = await connection.dispatcher.request({
      origin: connection.origin,
      path: pathOf(request.path, request.query),
      method: request.method,
      headers: headersOf(connection, request),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    });
    return answerOf<T>(response, await textOf(response.body), request.accept ?? 'json');
  } catch (cause) {
    if (request.signal?.aborted) throw request.signal.reason;
    const what = `${request.method} ${request.path} at ${connection.origin}`;
    if (cause instanceof KubeUnreachable) {
      throw new KubeUnreachable(`${what}: ${cause.message}`, { cause });
    }
    const why = deadline.aborted ? `no answer within ${timeoutMs} ms` : String(cause);
    throw new KubeUnreachable(`${what}: ${why}`, { cause });
  }
}

/** Path and query as they go on the wire; undefined parameters are left out. */
export function pathOf(path: string, query: Call['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Milliseconds of a Retry-After header in seconds; the API server uses no other form. */
export function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return header === undefined || !(seconds >= 0) ? undefined : seconds * 1_000;
}

function headersOf(connection: KubeConnection, request: Call): Record<string, string> {
  const headers: Record<string, string> = {
    // the token keys are served as application/jwk-set+json alone, and 406 to who insists on JSON
    accept: request.accept === 'text' ? '*/*' : `${JSON_BODY}, */*;q=0.1`,
    'user-agent': 'spark-trading',
  };
  const authorization = connection.authorization();
  if (authorization !== undefined) headers.authorization = authorization;
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? JSON_BODY;
  return headers;
}

async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      throw new KubeUnreachable(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answerOf<T>(
  response: Dispatcher.ResponseData,
  text: string,
  accept: 'json' | 'text',
): Answer<T> {
  const status = response.statusCode;
  const date = response.headers.date;
  if (status < 200 || status > 299) return refusal(response, text);
  const body = accept === 'text' ? text : parsed(text);
  if (body === NOT_JSON) {
    throw new KubeUnreachable(
      `HTTP ${status} with a body that is not JSON; is this an API server?`,
    );
  }
  return { ok: true, status, body: body as T, ...(typeof date === 'string' ? { date } : {}) };
}

/** What an answer that is not 2xx says, whoever gave it: API server, proxy or load balancer. */
export function refusal(
  response: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>,
  text: string,
): Answer<never> & { ok: false } {
  const body = parsed(text);
  const told = body !== NOT_JSON && body !== null && typeof body === 'object' ? body : {};
  const { reason, message, details } = told as {
    reason?: unknown;
    message?: unknown;
    details?: { retryAfterSeconds?: unknown };
  };
  const seconds = details?.retryAfterSeconds;
  const wait =
    retryAfterMs(response.headers['retry-after']) ??
    (typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : undefined);
  return {
    ok: false,
    status: response.statusCode,
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : text.slice(0, 300),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

const NOT_JSON = Symbol('not JSON');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}
