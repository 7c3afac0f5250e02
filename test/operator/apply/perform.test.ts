import { describe, expect, it } from 'vitest';
import { childPath, perform } from '../../../operator/apply/perform.ts';
import { service } from '../../../operator/desired/service.ts';
import { ModelApiServer } from '../model/api-server.ts';
import { anExecutor } from '../rollback/builders.ts';

const child = service(anExecutor());
const path = childPath(child);
const lease = { kind: 'create-lease', namespace: 'desk', name: 'credential-key' } as const;

/** One that somebody made between the look and the write. */
function theirs() {
  const server = new ModelApiServer();
  server.edit(path, () => ({ kind: 'Service', metadata: { name: 'theirs', uid: 'uid-theirs' } }));
  return { server, before: server.state() };
}

describe('a write meets an object that was not meant', () => {
  it.each([
    { kind: 'create', child },
    { kind: 'update', child, uid: 'uid-ours' },
    { kind: 'delete', child, uid: 'uid-ours' },
  ] as const)('$kind leaves it as it is, and the plan is made anew', async (action) => {
    const { server, before } = theirs();
    const done = await perform(server.cluster, action);
    expect(done).toMatchObject({ kind: 'failed', remedy: { kind: 'retry', reason: 'Conflict' } });
    expect(server.state()).toBe(before);
  });

  it('create-lease is content with one that is there, and leaves its holder alone', async () => {
    const server = new ModelApiServer();
    expect(await perform(server.cluster, lease)).toEqual({ kind: 'done' });
    const made = server.state();
    expect(made).toContain('"spec":{}');
    expect(made).not.toContain('ownerReferences');
    expect(await perform(server.cluster, lease)).toEqual({ kind: 'done' });
    expect(server.state()).toBe(made);
  });

  it('delete takes what is gone for done', async () => {
    const action = { kind: 'delete', child, uid: 'uid-ours' } as const;
    expect(await perform(new ModelApiServer().cluster, action)).toEqual({ kind: 'done' });
  });
});
