import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import {
  EXECUTOR_PROBE_PORT,
  EXECUTOR_TLS_PORT,
  type ExecutorKey,
  serviceHost,
  TOKEN_AUDIENCE,
  trustName,
} from '../../crds/names.ts';
import { forward, kubectl } from './kubectl.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One running executor pod, reached through the API server. */
export interface Doors {
  readonly pod: string;
  plain(path: string): Promise<Answer>;
  /** GET with the account's token; `bare`: without one. */
  secure(path: string, bare?: 'bare'): Promise<Answer>;
  close(): void;
}

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

const ANSWER_MS_MAX = 10_000;

/** Opens both ports of a pod. `account` is one of spec.callers: executors answer nobody else. */
export async function openDoors(
  key: ExecutorKey,
  pod: string,
  account: Account | undefined,
): Promise<Doors> {
  const where = ['-n', key.namespace];
  const published = await kubectl('get', 'configmap', trustName(key.name), ...where, '-o', 'json');
  const ca = (JSON.parse(published) as { data?: Record<string, string> }).data?.['ca.crt'];
  const token =
    account === undefined
      ? undefined
      : await kubectl(
          ...['create', 'token', account.name, '-n', account.namespace],
          ...['--audience', TOKEN_AUDIENCE, '--duration', '10m'],
        );
  const plain = await forward(key.namespace, pod, EXECUTOR_PROBE_PORT);
  const secure = await forward(key.namespace, pod, EXECUTOR_TLS_PORT);
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token.trim()}` };
  const tls = { ca, servername: serviceHost(key), agent: false };
  return {
    pod,
    plain: (path) => ask(overHttp, { port: plain.port, path }),
    secure: (path, bare) =>
      ask(overTls, { ...tls, port: secure.port, path, headers: bare ? {} : bearer }),
    close() {
      plain.close();
      secure.close();
    },
  };
}

function ask(request: typeof overHttp | typeof overTls, options: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, host: '127.0.0.1', timeout: ANSWER_MS_MAX }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MS_MAX} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}
