import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corePath } from '../../crds/kube/paths.ts';
import type { Action } from '../apply/action.ts';
import type { Cluster } from '../cluster.ts';

const LINES_MAX = 2_000;
const BYTES_MAX = 1_048_576;
/** An ungated pod may be trading: its log is worth a moment, not more. */
const WAIT_MS = 1_000;

/** Keeps the log of a pod that is about to be deleted. Best effort: the deletion goes on without it. */
export const logSaver =
  (cluster: Cluster, folder: string, failed: (cause: unknown) => void) =>
  async ({ namespace, name, uid }: Action & { kind: 'delete-pod' }): Promise<void> => {
    try {
      const path = `${corePath('pods', namespace, name)}/log`;
      const query = { tailLines: LINES_MAX, limitBytes: BYTES_MAX, timestamps: true };
      const log = await cluster.text(path, query, WAIT_MS);
      if (!log.ok) throw new Error(`HTTP ${log.status}: ${log.message}`);
      await mkdir(join(folder, 'ungated'), { recursive: true });
      await writeFile(join(folder, 'ungated', `${namespace}-${name}-${uid}.log`), log.body);
    } catch (cause) {
      failed(cause);
    }
  };
