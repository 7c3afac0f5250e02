import type { Clock } from '../../crds/clock.ts';
import { call, KubeUnreachable, MERGE_PATCH } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { corePath } from '../../crds/kube/paths.ts';
import { type ExecutorKey, trustName } from '../../crds/names.ts';
import type { Log } from '../log.ts';

export interface PublishParts {
  readonly key: ExecutorKey;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly certificate: () => string;
  readonly log: Log;
}

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;
/** Somebody may have made the ConfigMap anew. */
const AGAIN_MS = 300_000;

/** Puts the certificate where callers and the operator find it; for ever, and idempotent. */
export async function publish(parts: PublishParts, signal: AbortSignal): Promise<void> {
  const { clock } = parts;
  let retryMs = RETRY_FIRST_MS;
  while (!signal.aborted) {
    const isDone = await patch(parts, signal);
    const waitMs = isDone ? AGAIN_MS : retryMs;
    retryMs = isDone ? RETRY_FIRST_MS : Math.min(retryMs * 2, RETRY_MAX_MS);
    await clock.after(waitMs, signal).catch(() => undefined);
  }
}

async function patch(parts: PublishParts, signal: AbortSignal): Promise<boolean> {
  const { key, connection, certificate, log } = parts;
  const name = trustName(key.name);
  try {
    const answer = await call(connection, {
      method: 'PATCH',
      path: corePath('configmaps', key.namespace, name),
      contentType: MERGE_PATCH,
      body: { data: { 'ca.crt': certificate() } },
      signal,
    });
    if (answer.ok) return true;
    const { status, message } = answer;
    log.warn(
      { status, message, configMap: name },
      'the certificate is not published; trying again',
    );
  } catch (fault) {
    if (signal.aborted) return false;
    if (!(fault instanceof KubeUnreachable)) throw fault;
    log.warn({ err: fault, configMap: name }, 'the certificate is not published; trying again');
  }
  return false;
}
