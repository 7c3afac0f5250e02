import { isIPv6 } from 'node:net';
import { Agent } from 'undici';
import { EXECUTOR_TLS_PORT, type ExecutorKey, serviceHost } from '../../crds/names.ts';
import { boundedText } from '../http/bounded-text.ts';
import { reportOf, type Said } from './report.ts';
import type { TokenFile } from './token-file.ts';

export interface Question {
  readonly key: ExecutorKey;
  readonly pod: string;
  readonly podIP: string | undefined;
  /** PEM the executor published, or undefined while it has not. */
  readonly ca: string | undefined;
}

export type Ask = (question: Question) => Promise<Said>;

/** A pod that takes longer is asked again; the kill's deadline is counted elsewhere. */
const CONNECT_MS = 1_000;
const ANSWER_MS = 2_000;
/** Longer than the slowest round of questions, so that a steady executor costs no handshakes. */
const IDLE_SOCKET_MS = 40_000;
const ANSWER_BYTES_MAX = 64 * 1024;
const TOO_MUCH = `its answer is over ${ANSWER_BYTES_MAX} bytes`;

/** Asks pods for GET /control: by pod IP, with the name in the certificate verified. */
export class ControlClient {
  readonly #token: TokenFile;
  readonly #agents = new Map<string, { ca: string; agent: Agent }>();

  constructor(token: TokenFile) {
    this.#token = token;
  }

  /** Never throws: no answer is an answer, with words that say why. */
  readonly ask: Ask = async (question) => {
    const { key, pod, podIP, ca } = question;
    if (podIP === undefined || podIP === '') return { failure: 'it has no address yet' };
    if (ca === undefined) return { failure: 'it has not published its certificate yet' };
    try {
      const host = isIPv6(podIP) ? `[${podIP}]` : podIP;
      const response = await this.#agent(key, ca).request({
        origin: `https://${host}:${EXECUTOR_TLS_PORT}`,
        path: '/control',
        method: 'GET',
        headers: { authorization: `Bearer ${await this.#token.token()}` },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await boundedText(response.body, ANSWER_BYTES_MAX, TOO_MUCH);
      if (response.statusCode !== 200) return { failure: `it answered ${response.statusCode}` };
      return reportOf(text, key, pod);
    } catch (cause) {
      return { failure: reasonOf(cause) };
    }
  };

  /** Closes the sockets to an executor that is gone. */
  forget(key: ExecutorKey): void {
    const host = serviceHost(key);
    void this.#agents.get(host)?.agent.destroy();
    this.#agents.delete(host);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map(({ agent }) => agent.destroy()));
    this.#agents.clear();
  }

  #agent(key: ExecutorKey, ca: string): Agent {
    const servername = serviceHost(key);
    const known = this.#agents.get(servername);
    if (known?.ca === ca) return known.agent;
    void known?.agent.destroy();
    const agent = new Agent({
      allowH2: false,
      pipelining: 1,
      connections: 2,
      keepAliveTimeout: IDLE_SOCKET_MS,
      keepAliveMaxTimeout: IDLE_SOCKET_MS,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
      connect: { ca, servername, timeout: CONNECT_MS },
    });
    this.#agents.set(servername, { ca, agent });
    return agent;
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return `it did not answer within ${ANSWER_MS} ms`;
  const code = (cause as { code?: unknown }).code;
  return typeof code === 'string' ? `${cause.message} (${code})` : cause.message;
}
