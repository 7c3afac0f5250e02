import { describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../../crds/kube/call.ts';
import { KubeUnreachable } from '../../../crds/kube/call.ts';
import { reconcile } from '../../../operator/reconcile/reconcile.ts';
import type { OwnStatus } from '../../../operator/reconcile/status.ts';
import { stamp } from '../rollback/builders.ts';
import { aKilled, aShell, type FakeShell } from './fake-shell.ts';

const key = { namespace: 'desk', name: 'btc' };
const written = { ok: true, status: 200, body: {} } as Answer<unknown>;
const notAllowed = {
  ...{ ok: false, status: 403, reason: 'Forbidden' },
  message: 'cannot patch resource "roles"',
} as Answer<unknown>;

/** A killed executor whose one pod is silent for longer than it may be. */
async function late(metadata: object, answer: (request: Call) => Answer<unknown>) {
  let told: OwnStatus | undefined;
  const shell: FakeShell = aShell(aKilled(metadata), (request) => {
    if (!request.path.endsWith('/btc/status')) return answer(request);
    told = (request.body as { status: OwnStatus }).status;
    return { ...written, body: aKilled(metadata) } as Answer<unknown>;
  });
  await shell.clock.advance(60_000);
  const outcome = await reconcile(key, shell).catch((cause: unknown) => cause);
  const reasons = told?.conditions?.map(({ type, reason }) => `${type}=${reason}`);
  return { outcome, calls: shell.calls, reasons };
}

describe('a child that cannot be written', () => {
  it.each([
    ['is not allowed', () => notAllowed, 'Ready=NotPermitted', 'waiting'],
    ['gets no answer', unanswered, 'Ready=ControlUnanswered', 'retry'],
  ])('which %s holds up neither the kill nor the status', async (_, role, ready, kind) => {
    const { outcome, calls, reasons } = await late({}, (request) =>
      request.path.includes('/roles/') ? role() : written,
    );
    expect(calls[0]).toBe('DELETE pods/btc-executor-0');
    expect(calls).toContain('PATCH statefulsets/btc-executor');
    expect(calls.at(-1)).toBe('PATCH btc/status');
    expect(reasons).toContain('KillSwitchConfirmed=Unreachable');
    expect(reasons).toContain(ready);
    expect(outcome).toMatchObject({ kind }); // so that it is looked at again
  });
});

describe('an executor that is being deleted', () => {
  it('gets no children back, and its kill is followed to the end', async () => {
    const metadata = {
      deletionTimestamp: stamp('03:00:00'),
      finalizers: ['foregroundDeletion'],
    };
    const { outcome, calls, reasons } = await late(metadata, () => written);
    expect(calls).toEqual(['DELETE pods/btc-executor-0', 'PATCH btc/status']);
    expect(reasons).toContain('KillSwitchConfirmed=Unreachable');
    expect(outcome).toEqual({ kind: 'settled' });
  });
});

function unanswered(): never {
  throw new KubeUnreachable('no answer');
}
