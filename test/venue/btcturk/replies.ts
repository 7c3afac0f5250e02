/** What goes back over the wire. A string body is sent as it is, anything else as JSON. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The venue's refusal of a request: HTTP 400 unless said otherwise. */
export interface Refusal {
  readonly status?: number;
  readonly message: string;
  readonly code: number;
}

/** Messages whose number is not known carry this one: match on the message. */
export const CODE_UNKNOWN = 1_000;

export function success(data?: unknown): Reply {
  const payload = data === undefined ? {} : { data };
  return { status: 200, body: { ...payload, success: true, message: 'SUCCESS', code: 0 } };
}

export function refused({ status = 400, message, code }: Refusal): Reply {
  return { status, body: { httpStatusCode: status, data: null, success: false, message, code } };
}

export type UnauthorizedReason =
  | 'Invalid Nonce'
  | 'Invalid Signature'
  | 'Invalid Public/Private key'
  | 'Headers are missing'
  | 'Invalid Request';

/** The odd one: `success` is true in the venue's 401 bodies. */
export function unauthorized(reason: UnauthorizedReason, body: 'json' | 'empty' = 'json'): Reply {
  if (body === 'empty') return { status: 401, body: '' };
  return {
    status: 401,
    body: { success: true, message: `Unauthorized - ${reason}`, code: 1_037 },
  };
}

export interface QuotaExceeded {
  readonly limit: number;
  readonly period: string;
  readonly policy: 'ip' | 'account';
  readonly retryAfterS: number;
}

export function tooManyRequests({ limit, period, policy, retryAfterS }: QuotaExceeded): Reply {
  return {
    status: 429,
    headers: { 'retry-after': String(retryAfterS) },
    body: {
      message: 'TOO_MANY_REQUESTS',
      success: false,
      code: 429,
      details: `Quota exceeded. Maximum allowed: ${limit} per ${period}. Please try again in ${retryAfterS} second(s).`,
      limit: String(limit),
      period,
      policy,
    },
  };
}

/** The page a CDN shows in front of the venue: HTML where the client expects JSON. */
export const gatewayTimeout: Reply = {
  status: 504,
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
  body: [
    '<!DOCTYPE html>',
    '<html lang="en-US"><head><title>api.btcturk.com | 504: Gateway time-out</title></head>',
    '<body><div id="cf-wrapper"><h1>Gateway time-out <span>Error code 504</span></h1>',
    '<p>The web server reported a gateway time-out error.</p>',
    '<p>Cloudflare Ray ID: <strong>7f3a0c2b1d4e5f60</strong></p></div></body></html>',
  ].join('\n'),
};

export const unavailable: Reply = {
  status: 503,
  body: {
    httpStatusCode: 503,
    data: null,
    success: false,
    message: 'SERVICE_UNAVAILABLE',
    code: 503,
  },
};

export const forbidden: Reply = {
  status: 403,
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
  body: '<!DOCTYPE html><html><head><title>Access denied</title></head><body>Error 1020</body></html>',
};

declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** JSON text in which a bigint is a bare number: the venue's ids may exceed 2^53. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, field) =>
    typeof field === 'bigint' ? JSON.rawJSON(field.toString()) : field,
  );
}
