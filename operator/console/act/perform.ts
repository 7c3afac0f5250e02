import { type Answer, call, KubeUnreachable } from '../../../crds/kube/call.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { listPages } from '../../../crds/kube/list-pages.ts';
import { executorPath, executorsPath } from '../../../crds/kube/paths.ts';
import type { ExecutorKey } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { Refusal } from '../../http/refusal.ts';
import { absent } from '../live/sight.ts';
import type { Patch } from './decide.ts';

/** Of what people write from the console; a GitOps tool can be told to leave it be by this name. */
export const FIELD_MANAGER = 'trading-console';

const CALL_MS_MAX = 8_000;
/** A failed `test` of a JSON patch is 422 with this text alone; a refusal names the object. */
const TEST_FAILED = 'the server rejected our request due to an error in our request';
/** What a merge patch with the uid of another object is told. */
const OTHER_UID = 'metadata.uid: Invalid value';

/** The executor as it is now, read with the person's own token. */
export async function read(as: KubeConnection, key: ExecutorKey): Promise<TradingExecutor> {
  const path = executorPath(key);
  const answer = await call<TradingExecutor>(as, { method: 'GET', path, timeoutMs: CALL_MS_MAX });
  if (answer.ok) return answer.body;
  throw refusalOf(answer, key);
}

/** Who is in a namespace at this moment, listed with the person's own token: a cache may lag. */
export async function list(as: KubeConnection, namespace: string): Promise<readonly ExecutorKey[]> {
  const signal = AbortSignal.timeout(CALL_MS_MAX);
  const path = executorsPath(namespace);
  const answer = await listPages<TradingExecutor>(as, path, {}, signal).catch((cause) => {
    if (signal.aborted) throw new KubeUnreachable(`GET ${path}: no answer in ${CALL_MS_MAX} ms`);
    throw cause;
  });
  if (!answer.ok) throw refusalOf(answer, { namespace, name: '' });
  return answer.items.map(({ metadata: { name } }) => ({ namespace, name }));
}

/** The write, with the person's own token. Refuses what the API server refuses, in its words. */
export async function write(
  as: KubeConnection,
  key: ExecutorKey,
  { contentType, body }: Patch,
): Promise<TradingExecutor> {
  const answer = await call<TradingExecutor>(as, {
    ...{ method: 'PATCH', path: executorPath(key), contentType, body },
    query: { fieldManager: FIELD_MANAGER },
    timeoutMs: CALL_MS_MAX,
  });
  if (answer.ok) return answer.body;
  throw refusalOf(answer, key);
}

function refusalOf(answer: Answer<unknown> & { ok: false }, key: ExecutorKey): Refusal {
  const { status, message } = answer;
  if (status === 401) return new Refusal(401, 'SIGN_IN', 'sign in again: the token has ended');
  if (status === 403) return new Refusal(403, 'FORBIDDEN', message);
  if (status === 404) return absent(key);
  const isOther = message === TEST_FAILED || message.includes(OTHER_UID);
  if (status === 409 || (status === 422 && isOther)) return changed(key);
  if (status === 429 || status >= 500) {
    const why = `the API server did not take it: HTTP ${status} ${message}`;
    return new Refusal(503, 'UNAVAILABLE', why);
  }
  return new Refusal(422, 'REFUSED', message);
}

export const changed = ({ namespace, name }: ExecutorKey): Refusal =>
  new Refusal(
    409,
    'CHANGED',
    `${namespace}/${name} is not what you saw: look at it, then decide again`,
  );
