import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../../crds/kube/call.ts';
import type { Cluster } from '../../../operator/cluster.ts';
import { logSaver } from '../../../operator/kill/save-log.ts';
import { reconcile } from '../../../operator/reconcile/reconcile.ts';
import { aKilled, aShell } from '../reconcile/fake-shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'save-log-'));
const file = join(folder, 'ungated', 'desk-btc-executor-0-pod-1.log');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reconciles an executor whose pod is late; what was on disk when the pod was deleted. */
async function deleteLate(log: Answer<string>) {
  const asked: string[] = [];
  const failures: unknown[] = [];
  const atDeletion: (string | undefined)[] = [];
  const shell = aShell(aKilled(), ({ method }: Call) => {
    if (method === 'DELETE') {
      atDeletion.push(existsSync(file) ? readFileSync(file, 'utf8') : undefined);
    }
    return { ok: true, status: 200, body: aKilled() } as Answer<unknown>;
  });
  const cluster = {
    text: async (path: string) => {
      asked.push(path);
      return log;
    },
  } as unknown as Cluster;
  const saveLog = logSaver(cluster, folder, (cause) => failures.push(cause));
  await shell.clock.advance(60_000);
  await reconcile({ namespace: 'desk', name: 'btc' }, { ...shell, saveLog });
  return { asked, failures, atDeletion };
}

describe('the log of a pod that must go', () => {
  it('that cannot be read does not keep it', async () => {
    const refused = {
      ok: false,
      status: 500,
      reason: 'InternalError',
      message: 'no route to host',
    };
    const { failures, atDeletion } = await deleteLate(refused as Answer<string>);
    expect(failures).toHaveLength(1);
    expect(atDeletion).toEqual([undefined]);
  });

  it('is on disk before it is deleted', async () => {
    const log = { ok: true, status: 200, body: 'its last words\n' } as Answer<string>;
    const { asked, atDeletion } = await deleteLate(log);
    expect(asked).toEqual(['/api/v1/namespaces/desk/pods/btc-executor-0/log']);
    expect(atDeletion).toEqual(['its last words\n']);
  });
});
