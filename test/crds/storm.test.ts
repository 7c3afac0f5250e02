import { execFile } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WatchFault } from './faults.ts';
import { type Watched, watching } from './watched.ts';

type Step =
  | { readonly do: 'put' | 'delete'; readonly name: string; readonly lost: boolean }
  | { readonly do: 'break' | 'compact' | 'bookmark' | 'relist' | 'settle' }
  | { readonly do: 'fault'; readonly fault: WatchFault };

const name = fc.constantFrom('a', 'b', 'c');
const fault = fc.constantFrom<WatchFault>(
  { kind: 'reset-after', events: 1 },
  { kind: 'end-after', events: 2 },
  { kind: 'error', code: 500, reason: 'InternalError' },
  { kind: 'error', code: 410, reason: 'Expired' },
  { kind: 'status', status: 503 },
  { kind: 'torn' },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), name, lost: rarely() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), name, lost: rarely() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('break', 'compact', 'bookmark', 'relist', 'settle'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fault' as const), fault }) },
);

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(9).map((n) => n === 0);
}

const settled = () => new Promise((done) => setTimeout(done, 3));

async function perform({ server, clock }: Watched, steps: readonly Step[]): Promise<void> {
  for (const one of steps) {
    if (one.do === 'put') server.put(one.name, one);
    else if (one.do === 'delete' && server.has(one.name)) server.delete(one.name, one);
    else if (one.do === 'break') server.breakWatches();
    else if (one.do === 'compact') server.compact();
    else if (one.do === 'bookmark') server.bookmark();
    else if (one.do === 'relist') clock.pass(700_000);
    else if (one.do === 'fault') server.watchFaults.push(one.fault);
    else await settled();
  }
}

/** A set of each uid, then states in rising order, then at most one gone, and nothing after it. */
function expectLawful(changes: readonly string[]): void {
  const seen = new Map<string, { version: number; gone: boolean }>();
  for (const change of changes) {
    const [, kind, uid = '', version] = /^(\w+) \w+ (\S+)@(\d+)$/.exec(change) ?? [];
    const before = seen.get(uid);
    expect(before?.gone ?? false, `${change} after it was gone`).toBe(false);
    if (kind === 'set') expect(Number(version)).toBeGreaterThan(before?.version ?? 0);
    else expect(before, `${change} was never set`).toBeDefined();
    seen.set(uid, { version: Number(version), gone: kind === 'gone' });
  }
}

describe('any storm of changes, faults and lost events', () => {
  it('ends with what the server holds, each object told lawfully', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await using all = await watching();
        await perform(all, steps);
        all.server.watchFaults.length = 0;
        const last = all.server.put('last');
        await all.changed(`set last ${last.metadata.uid}@${last.metadata.resourceVersion}`);
        const listed = all.server.lists.length;
        while (all.server.lists.length === listed) {
          all.clock.pass(700_000); // again, when a relist was just under way
          await settled();
        }
        const held = all.server.held();
        await expect.poll(() => states(all.listWatch.list())).toEqual(states(held));
        expectLawful(all.changes);
        expect(all.crashes).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

const states = (things: readonly { metadata: { uid: string; resourceVersion: string } }[]) =>
  things.map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`).sort();

describe('a receiver that throws, without a crash of its own', () => {
  it('ends the process with its error', async () => {
    const program = join(import.meta.dirname, 'throwing-receiver.ts');
    const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, [program], (error, _, stderr) =>
        resolve({ code: error?.code, stderr }),
      );
    });
    expect(ended).toEqual({ code: 1, stderr: expect.stringContaining('Error: receiver broke') });
  });
});
