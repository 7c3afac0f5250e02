import { isIPv6 } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { EXECUTOR_PROBE_PORT, EXECUTOR_TLS_PORT, serviceHost } from '../../crds/names.ts';
import { boundedText } from '../http/bounded-text.ts';

export interface Knock {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an executor answered, or why it did not. */
export type Heard =
  | { readonly ok: true; readonly status: number; readonly text: string; readonly ms: number }
  | { readonly ok: false; readonly why: string; readonly ms: number };

/** The two doors of one executor pod: plain for probes and metrics, TLS for everything else. */
export interface PodDoor {
  readonly pod: string;
  plain(knock: Knock): Promise<Heard>;
  secure(knock: Knock): Promise<Heard>;
  close(): Promise<void>;
}

export type Published = { readonly pem: string } | { readonly why: string };

export interface DoorOptions {
  readonly key: ExecutorKey;
  readonly pod: string;
  readonly podIP: string;
  /** PEM the executor published, or why there is none: the TLS door then stays shut. */
  readonly ca: Published;
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

const ANSWER_MS_MAX = 5_000;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export function podDoor({ key, pod, podIP, ca, token, clock }: DoorOptions): PodDoor {
  const host = isIPv6(podIP) ? `[${podIP}]` : podIP;
  const limits = { allowH2: false, headersTimeout: ANSWER_MS_MAX, bodyTimeout: ANSWER_MS_MAX };
  const agents = {
    plain: new Agent(limits),
    secure: new Agent({ ...limits, ...tlsOf(key, ca) }),
  };
  const ask = async (agent: Agent, origin: string, knock: Knock, more: object): Promise<Heard> => {
    const began = clock.elapsed();
    const took = () => Math.round(clock.elapsed() - began);
    try {
      const response = await agent.request({
        origin,
        path: knock.path,
        method: knock.method,
        headers: { ...knock.headers, ...more, ...(knock.body ? JSON_BODY : {}) },
        body: knock.body === undefined ? null : JSON.stringify(knock.body),
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      return { ok: true, status: response.statusCode, text: await textOf(response), ms: took() };
    } catch (cause) {
      return { ok: false, why: whyOf(cause), ms: took() };
    }
  };
  return {
    pod,
    plain: (knock) => ask(agents.plain, `http://${host}:${EXECUTOR_PROBE_PORT}`, knock, {}),
    async secure(knock) {
      if ('why' in ca) return { ok: false, why: ca.why, ms: 0 };
      let authorization: string;
      try {
        authorization = `Bearer ${await token()}`;
      } catch (cause) {
        return { ok: false, why: `no token to show it: ${whyOf(cause)}`, ms: 0 };
      }
      return ask(agents.secure, `https://${host}:${EXECUTOR_TLS_PORT}`, knock, { authorization });
    },
    async close() {
      await Promise.all([agents.plain.destroy(), agents.secure.destroy()]);
    },
  };
}

const tlsOf = (key: ExecutorKey, ca: Published) =>
  'why' in ca ? {} : { connect: { ca: ca.pem, servername: serviceHost(key) } };

const JSON_BODY = { 'content-type': 'application/json' };

const textOf = ({ body }: Dispatcher.ResponseData): Promise<string> =>
  boundedText(body, ANSWER_BYTES_MAX, `its answer is over ${ANSWER_BYTES_MAX} bytes`);

function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.name === 'TimeoutError' ? `no answer within ${ANSWER_MS_MAX} ms` : cause.message;
}
