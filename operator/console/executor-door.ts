import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { type Heard, podDoor } from '../evidence/pod-door.ts';
import { podsOf, publishedCa } from '../evidence/sources.ts';
import { Refusal } from '../http/refusal.ts';

export interface ExecutorDoor {
  /** The operator's own: only the leader watches pods, and either replica serves the console. */
  readonly connection: KubeConnection;
  /** What executors know the operator by. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
}

export interface Answered {
  readonly pod: string;
  readonly status: number;
  readonly body: unknown;
}

/** Asks the executor's pod, by its address and under its own certificate. Refuses with 503. */
export async function askExecutor(
  { connection, token, clock }: ExecutorDoor,
  key: ExecutorKey,
  path: string,
): Promise<Answered> {
  const [pods, pem] = await Promise.all([
    podsOf(connection, key),
    publishedCa(connection, key),
  ]).catch((cause: unknown) => {
    throw silent(key, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const [pod] = pods.filter(({ ip }) => ip !== undefined);
  if (pod?.ip === undefined) throw silent(key, 'its pod has no address yet');
  const ca = pem === undefined ? { why: 'it has not published its certificate yet' } : { pem };
  const door = podDoor({ key, pod: pod.name, podIP: pod.ip, ca, token, clock });
  try {
    const heard: Heard = await door.secure({ method: 'GET', path });
    if (!heard.ok) throw silent(key, heard.why);
    return { pod: pod.name, status: heard.status, body: parsed(heard.text) };
  } finally {
    await door.close();
  }
}

/** For an answer that is not the one asked for. */
export const silent = ({ namespace, name }: ExecutorKey, why: string, cause?: unknown): Refusal =>
  new Refusal(503, 'EXECUTOR_SILENT', `executor ${namespace}/${name} was not read: ${why}`, {
    cause,
  });

/** undefined: no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
