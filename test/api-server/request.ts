import { Agent, request as httpsRequest } from 'node:https';

export interface Answer {
  readonly status: number;
  /** The decoded JSON object, or the text when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: an object of any kind, judged by the test that asked
  readonly body: any;
}

export interface RequestExtra {
  readonly contentType?: string;
  readonly token?: string;
}

export type Request = (
  method: string,
  path: string,
  body?: unknown,
  more?: RequestExtra,
) => Promise<Answer>;

/** Asks the API server as admin, or with a token of `more`. */
export function requester(origin: string, ca: string, adminToken: string): Request {
  const agent = new Agent({ ca, keepAlive: false });
  return (method, path, body, more = {}) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${more.token ?? adminToken}`,
        'content-type': more.contentType ?? 'application/json',
        accept: 'application/json, */*',
      };
      const sent = httpsRequest(`${origin}${path}`, { method, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: decoded(text) }),
        );
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
