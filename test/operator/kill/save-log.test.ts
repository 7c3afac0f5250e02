import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../../crds/kube/call.ts';
import type { Cluster } from '../../../operator/cluster.ts';
import type { UngatedLog } from '../../../operator/evidence/ungated.ts';
import { UngatedOutbox } from '../../../operator/evidence/ungated-outbox.ts';
import { DELETION_WAITS_MS_MAX, logSaver } from '../../../operator/kill/save-log.ts';
import { reconcile } from '../../../operator/reconcile/reconcile.ts';
import { aKilled, aShell } from '../reconcile/fake-shell.ts';
import { silent } from '../rollback/desk.ts';

const root = mkdtempSync(join(tmpdir(), 'save-log-'));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = join(root, String(++count));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const LOG = { ok: true, status: 200, body: 'its last words\n' } as Answer<string>;

function onDisk(): UngatedLog[] {
  try {
    return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  } catch {
    return [];
  }
}

/** Reconciles an executor whose pod is late; what was on disk when the pod was deleted. */
async function late(log: () => Promise<Answer<string>>, put?: UngatedOutbox['put']) {
  const [asked, failures, atDeletion]: [string[], unknown[], UngatedLog[][]] = [[], [], []];
  const shell = aShell(aKilled(), ({ method }: Call) => {
    if (method === 'DELETE') atDeletion.push(onDisk());
    return { ok: true, status: 200, body: aKilled() } as Answer<unknown>;
  });
  const { clock } = shell;
  await clock.advance(60_000);
  const text = (path: string) => {
    asked.push(path);
    return log();
  };
  const outbox = new UngatedOutbox({ folder, to: undefined, clock, log: silent });
  const saveLog = logSaver({
    ...{ clock, cluster: { text } as unknown as Cluster, failed: (cause) => failures.push(cause) },
    outbox: put === undefined ? outbox : { put },
  });
  const run = () => reconcile({ namespace: 'desk', name: 'btc' }, { ...shell, saveLog });
  return { asked, failures, atDeletion, clock, run };
}

describe('the log of a pod that must go', () => {
  it('that cannot be read does not keep it', async () => {
    const refused = { ok: false, status: 500, reason: 'InternalError', message: 'no route' };
    const { failures, atDeletion, run } = await late(async () => refused as Answer<string>);
    await run();
    expect(failures).toHaveLength(1);
    expect(atDeletion).toEqual([[]]);
  });

  it('is on disk before it is deleted', async () => {
    const { asked, atDeletion, failures, run } = await late(async () => LOG);
    await run();
    expect(asked).toEqual(['/api/v1/namespaces/desk/pods/btc-executor-0/log']);
    expect(atDeletion[0]).toMatchObject([
      { namespace: 'desk', pod: 'btc-executor-0', uid: 'pod-1', log: 'its last words\n' },
    ]);
    expect(failures).toEqual([]);
  });

  it.each([
    ['never read', () => new Promise<Answer<string>>(() => undefined), undefined],
    ['never written', async () => LOG, () => new Promise<void>(() => undefined)],
  ])('that is %s keeps it no longer than the bound', async (_, log, put) => {
    const { atDeletion, failures, clock, run } = await late(log, put);
    const over = run();
    await clock.advance(DELETION_WAITS_MS_MAX - 1);
    expect(atDeletion).toEqual([]);
    await clock.advance(1);
    await over;
    expect(atDeletion).toHaveLength(1);
    expect(String(failures[0])).toContain('it took longer than 2000 ms');
  });
});
