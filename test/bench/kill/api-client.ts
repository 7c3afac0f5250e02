import { Agent, request } from 'node:https';
import type { Api } from './terms.ts';

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an object of any kind, judged by who asked
  readonly body: any;
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Connections that stay open, so that no kill pays for a handshake. Node's own modules only: it also runs in a pod. */
export class ApiClient {
  readonly #api: Pick<Api, 'origin' | 'token'>;
  readonly #agent: Agent;

  /** Without `ca` any certificate will do: a process on this machine that we started ourselves. */
  constructor(api: Pick<Api, 'origin' | 'token'> & { ca?: string; servername?: string }) {
    this.#api = api;
    const { ca, servername } = api;
    this.#agent = new Agent({
      keepAlive: true,
      ...(servername === undefined ? {} : { servername }),
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    });
  }

  ask({ method, path, body, headers = {} }: Ask): Promise<Answered> {
    const { origin, token } = this.#api;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const all = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const options = { method, headers: all, agent: this.#agent };
      const sent = request(`${origin}${path}`, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const answeredAt = Date.now();
          const status = answer.statusCode ?? 0;
          resolve({ status, body: decoded(chunks), sentAt, answeredAt });
        });
      });
      sent.on('error', reject);
      const sentAt = Date.now();
      sent.end(text);
    });
  }

  /** A merge patch that must be taken. */
  async patch(path: string, body: object): Promise<Answered> {
    const headers = { 'content-type': 'application/merge-patch+json' };
    return this.must({ method: 'PATCH', path, body, headers });
  }

  async must(ask: Ask): Promise<Answered> {
    const answer = await this.ask(ask);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new Error(`${ask.method} ${ask.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function decoded(chunks: readonly Buffer[]): unknown {
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
