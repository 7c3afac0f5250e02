import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../../crds/kube/call.ts';
import { WorkQueue } from '../../../operator/queue/work-queue.ts';
import { runController } from '../../../operator/reconcile/controller.ts';
import { failures } from '../../../operator/reconcile/failures.ts';
import type { OwnStatus } from '../../../operator/reconcile/status.ts';
import { aKilled, aShell } from './fake-shell.ts';

const written = { ok: true, status: 200, body: {} } as Answer<unknown>;
const refused = (status: number, message: string, retryAfterMs = 0) =>
  ({ ...{ ok: false, status, reason: '', message }, retryAfterMs }) as Answer<unknown>;

const queues: WorkQueue[] = [];
afterEach(() => {
  for (const queue of queues.splice(0)) queue.close();
});

/** A controller over one executor, whose Role is answered so. */
async function run(role: Answer<unknown>) {
  let status: OwnStatus | undefined;
  const tries: number[] = [];
  const shell = aShell(aKilled(), (request: Call) => {
    if (request.path.includes('/roles/')) {
      tries.push(shell.clock.elapsed());
      return role;
    }
    if (!request.path.endsWith('/btc/status')) return written;
    status = (request.body as { status: OwnStatus }).status;
    return { ...written, body: aKilled() } as Answer<unknown>;
  });
  const registry = new Registry();
  const logged: unknown[] = [];
  const events: string[] = [];
  const failed = failures(registry, (_, details) => logged.push(details.reason));
  const tell = (_: unknown, note: { reason: string }) => void events.push(note.reason);
  const queue = new WorkQueue({ clock: shell.clock, random: () => 0.5 });
  queues.push(queue);
  void runController({ shell: { ...shell, failed, tell }, queue, reconciled: () => undefined });
  queue.add('desk/btc');
  const metric = async () => (await registry.metrics()).match(/reason="(\w+)"} [1-9]/)?.[1];
  const ready = () => status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  return { clock: shell.clock, tries, metric, ready, logged, events };
}

const QUOTA = 'roles "a" is forbidden: exceeded quota: q';

describe('a child that cannot be written', () => {
  it('is said with one word, by condition, Event, metric and log', async () => {
    const { ready, metric, logged, events, clock } = await run(refused(403, QUOTA));
    await clock.advance(0);
    const words = [ready(), events.at(0), await metric(), logged.at(0)];
    expect(words).toEqual(Array(4).fill('QuotaExceeded'));
  });

  it.each([
    ['quota: looked at after half a minute', refused(403, QUOTA), 29_999, 30_000],
    ['invalid: looked at rarely', refused(422, 'Role "a" is invalid'), 299_999, 300_000],
    ['too many requests: not before its date', refused(429, 'later', 7_000), 6_999, 7_000],
  ])('%s', async (_, answer, notBefore, then) => {
    const { tries, clock } = await run(answer);
    await clock.advance(0);
    expect(tries).toHaveLength(1);
    await clock.advance(notBefore);
    expect(tries).toHaveLength(1);
    await clock.advance(then - notBefore + 1);
    expect(tries).toHaveLength(2);
  });
});
