import { type Answer, type Call, call, KubeUnreachable } from '../crds/kube/call.ts';
import type { KubeConnection } from '../crds/kube/connection.ts';
import type { Fence } from './fence.ts';

export interface CallObserver {
  /** `code` is the HTTP status, or `error` when there was no answer. */
  called(method: string, code: string, resource: string): void;
}

export interface ClusterOptions {
  readonly connection: KubeConnection;
  readonly fence: Fence;
  readonly observer?: CallObserver;
}

/** An answer that is no success. */
export type Refusal = Answer<unknown> & { readonly ok: false };

/** The API server answered with a refusal that the caller did not expect. */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused';
  readonly what: string;
  readonly answer: Refusal;

  constructor(what: string, answer: Refusal) {
    super(`${what}: HTTP ${answer.status} ${answer.reason}: ${answer.message}`);
    this.what = what;
    this.answer = answer;
  }
}

/** The reconciler's one way to the API server: counted, with deadlines, writes fenced. */
export class Cluster {
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** The object, or undefined when there is none. Any other refusal throws. */
  async get<T>(path: string): Promise<T | undefined> {
    const answer = await this.#call<T>({ method: 'GET', path });
    if (answer.ok) return answer.body;
    if (answer.status === 404) return undefined;
    throw new ApiRefused(`GET ${path}`, answer);
  }

  /** Text of a bounded read, such as a log. */
  text(
    path: string,
    query: NonNullable<Call['query']>,
    timeoutMs: number,
  ): Promise<Answer<string>> {
    return this.#call<string>({ method: 'GET', path, query, timeoutMs, accept: 'text' });
  }

  /** A write. Throws LeadershipLost, without having sent anything, once the fence is down. */
  async write<T>(request: Call): Promise<Answer<T>> {
    const { fence } = this.#options;
    fence.pass();
    return this.#call<T>({ ...request, signal: fence.signal });
  }

  async #call<T>(request: Call): Promise<Answer<T>> {
    const { connection, observer } = this.#options;
    try {
      const answer = await call<T>(connection, request);
      observer?.called(request.method, String(answer.status), resourceOf(request.path));
      return answer;
    } catch (cause) {
      if (cause instanceof KubeUnreachable) {
        observer?.called(request.method, 'error', resourceOf(request.path));
      }
      throw cause;
    }
  }
}

/** `statefulsets`, `tradingexecutors/status`: what a path is about, without names. */
export function resourceOf(path: string): string {
  const parts = path.split('/').slice(path.startsWith('/apis/') ? 4 : 3);
  const [resource = '', , subresource] = parts[0] === 'namespaces' ? parts.slice(2) : parts;
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
