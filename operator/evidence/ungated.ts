import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { childName, type ExecutorKey } from '../../crds/names.ts';
import { readerOf } from '../http/reader.ts';
import { Refusal } from '../http/refusal.ts';
import { accessBy } from './access.ts';
import { redact } from './redact.ts';
import { answered, send } from './send.ts';
import { absent } from './shelf.ts';
import type { EvidenceStore } from './store.ts';

/** The last log of a pod that was deleted because it did not confirm a kill. */
export interface UngatedLog {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  /** When it was about to be deleted. */
  readonly at: string;
  readonly log: string;
}

export const UNGATED_PATH = '/evidence/ungated';
const FOLDER = 'ungated';
/** Of a MiB at most each; the newest stay. */
const KEPT_MAX = 48;

/** `<instant>_<pod>_<uid>.log`: sorts by time; neither pods nor uids have an underscore. */
const fileOf = ({ at, pod, uid }: UngatedLog): string =>
  `${at.replaceAll(':', '-')}_${pod}_${uid}.log`;

/** Redacts and writes one; the same one again changes nothing. Throws when it cannot be written. */
export async function keepUngated(store: EvidenceStore, one: UngatedLog): Promise<void> {
  const path = `${FOLDER}/${one.namespace}/${fileOf(one)}`;
  await store.write(path, Buffer.from(redact(one.log).text));
  const all = [...(await ungatedLogs(store))].sort((a, b) => (a.file < b.file ? 1 : -1));
  for (const { namespace, file } of all.slice(KEPT_MAX)) {
    await store.remove(`${FOLDER}/${namespace}/${file}`);
  }
}

async function ungatedLogs(store: EvidenceStore) {
  return (await store.list(FOLDER)).map(({ path }) => {
    const [namespace = '', file = ''] = path.split('/');
    return { namespace, file };
  });
}

/** Those of an executor's pods that were deleted from `since` on, for its pack. */
export async function ungatedOf(
  store: EvidenceStore,
  { namespace, name }: ExecutorKey,
  since: string,
): Promise<readonly { readonly pod: string; readonly text: () => Promise<string> }[]> {
  const logs = (await ungatedLogs(store)).filter((one) => one.namespace === namespace);
  return logs.flatMap(({ file }) => {
    const [at = '', pod = ''] = file.split('_');
    const isLater = at >= since.replaceAll(':', '-');
    if (!isLater || !pod.startsWith(`${childName(name)}-`)) return [];
    const read = async () => {
      const stored = await store.read(`${FOLDER}/${namespace}/${file}`);
      return stored === undefined ? absent('it was removed meanwhile') : text(stored.content);
    };
    return [{ pod, text: read }];
  });
}

/** GET /evidence/ungated and …/<namespace>/<file>, for whoever may get that namespace's incidents. */
export function ungatedRoutes(
  app: FastifyInstance,
  { connection, store }: { connection: KubeConnection; store: EvidenceStore },
): void {
  app.get(UNGATED_PATH, async ({ headers }) => {
    const reader = await readerOf(connection, headers.authorization);
    const mayRead = accessBy(connection);
    const logs = [];
    for (const one of await answered(ungatedLogs(store))) {
      if (await mayRead(reader, one.namespace)) logs.push(one);
    }
    return { logs };
  });
  app.get<{ Params: { namespace: string; file: string } }>(
    `${UNGATED_PATH}/:namespace/:file`,
    async ({ headers, params: { namespace, file } }, reply) => {
      const reader = await readerOf(connection, headers.authorization);
      if (!(await accessBy(connection)(reader, namespace))) {
        const right = `get tradingincidents.spark.trading in namespace ${namespace}`;
        throw new Refusal(403, 'FORBIDDEN', `${reader.username} may not ${right}`);
      }
      const known = await answered(ungatedLogs(store)); // what is not listed is not opened
      if (!known.some((one) => one.namespace === namespace && one.file === file))
        throw new Refusal(404, 'NOT_FOUND', 'there is no such log here');
      return send(reply, file, await answered(store.read(`${FOLDER}/${namespace}/${file}`)));
    },
  );
}
