import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { WRITABLE_PATH } from './writable.ts';

/** Where the evidence server is, and how the operator shows who it is. */
export interface EvidenceAddress {
  /** Origin of the evidence server. */
  readonly url: string;
  /** PEM of who signed its certificate; undefined: a public authority. Read anew for each call. */
  readonly caFile: string | undefined;
  readonly executorToken: () => Promise<string>;
}

export interface Posting {
  readonly path: string;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** One POST with the operator's token. Throws when there is no answer within the time. */
export async function post(to: EvidenceAddress, posting: Posting): Promise<Answered> {
  const { path, body, timeoutMs, signal } = posting;
  const headers = {
    authorization: `Bearer ${await to.executorToken()}`,
    'content-type': 'application/json',
  };
  const what = { path, method: 'POST', headers, body: JSON.stringify(body) } as const;
  return answered(to, what, { timeoutMs, signal });
}

/** Whether it answers, and can write. It is shown no token, and asks the API server nothing. */
export const answers = (to: EvidenceAddress, timeoutMs: number): Promise<boolean> =>
  answered(to, { path: WRITABLE_PATH, method: 'GET' }, { timeoutMs, signal: undefined }).then(
    ({ status }) => status === 200,
    () => false,
  );

async function answered(
  { url: origin, caFile }: EvidenceAddress,
  what: Pick<Parameters<Agent['request']>[0], 'path' | 'method' | 'headers' | 'body'>,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Answered> {
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
  const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  const agent = new Agent({ ...limits, allowH2: false, connect: ca });
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const { statusCode, body } = await agent.request({
      ...{ origin, ...what },
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    return { status: statusCode, text: await body.text() };
  } finally {
    await agent.destroy();
  }
}
