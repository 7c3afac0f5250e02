import { describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../crds/kube/call.ts';
import type { Cluster } from '../../operator/cluster.ts';
import { EventRecorder } from '../../operator/events.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';
import { anExecutor } from './rollback/builders.ts';

interface KubeEvent {
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
}

const NOTE = { type: 'Warning', reason: 'Refused', message: 'no' } as const;
const refusal = (status: number, reason: string): Answer<never> => ({
  ...{ ok: false, status, reason, message: '' },
});

/** A recorder over an API server that keeps Events, or answers each write as `fault` says. */
function recording() {
  const events = new Map<string, KubeEvent>();
  const lost: string[] = [];
  const clock = new ManualClock();
  const world = {
    events,
    lost,
    clock,
    fault: undefined as (() => Answer<unknown> | Promise<Answer<unknown>>) | undefined,
    say: (message = 'no') => recorder.tell(anExecutor(), { ...NOTE, message }),
  };
  const write = async ({ method, path, body }: Call): Promise<Answer<unknown>> => {
    if (world.fault) return world.fault();
    const given = body as KubeEvent & { readonly metadata: { readonly name: string } };
    const name = method === 'POST' ? given.metadata.name : (path.split('/').at(-1) ?? '');
    const known = events.get(name);
    if (method === 'PATCH' && known === undefined) return refusal(404, 'NotFound');
    if (method === 'POST' && known !== undefined) return refusal(409, 'AlreadyExists');
    events.set(name, { ...known, ...given });
    return { ok: true, status: 200, body: {} };
  };
  const recorder = new EventRecorder({ write } as unknown as Cluster, clock, (cause) =>
    lost.push(String(cause)),
  );
  return world;
}

describe('the event recorder', () => {
  it('shows a repetition as a count and the last time', async () => {
    const { events, clock, say } = recording();
    say();
    await clock.advance(60_000);
    say();
    await settle();
    expect([...events.values()]).toMatchObject([
      {
        ...{ reason: 'Refused', message: 'no', count: 2 },
        ...{ firstTimestamp: '2026-11-23T03:00:00Z', lastTimestamp: '2026-11-23T03:01:00Z' },
      },
    ]);
  });

  it('makes an Event anew that the API server has forgotten', async () => {
    const { events, lost, say } = recording();
    say();
    await settle();
    events.clear();
    say();
    await settle();
    expect([...events.values()]).toMatchObject([{ message: 'no', count: 2 }]);
    expect(lost).toEqual([]);
  });

  it.each([
    ['refuses', () => refusal(403, 'Forbidden'), /HTTP 403 Forbidden/],
    ['cannot be reached', () => Promise.reject(new Error('reset')), /reset/],
  ] as const)(
    'tells nobody but its counter when the API server %s, and goes on',
    async (...row) => {
      const [, fault, cause] = row;
      const world = recording();
      world.fault = fault;
      world.say();
      await settle();
      expect(world.lost).toEqual([expect.stringMatching(cause)]);
      world.fault = undefined;
      world.say('well');
      await settle();
      expect([...world.events.values()]).toMatchObject([{ message: 'well' }]);
    },
  );

  it('keeps few waiting when the API server hangs, and never makes who tells wait', async () => {
    const world = recording();
    let under = 0;
    world.fault = () => {
      under += 1;
      return new Promise(() => undefined);
    };
    const one = anExecutor();
    const { metadata } = one;
    const recorder = new EventRecorder(
      { write: world.fault } as unknown as Cluster,
      world.clock,
      (cause) => world.lost.push(String(cause)),
    );
    for (let i = 0; i < 300; i++) {
      recorder.tell({ ...one, metadata: { ...metadata, uid: `uid-${i}` } }, NOTE);
    }
    await settle();
    expect(under).toBe(1);
    expect(world.lost).toHaveLength(300 - 256);
  });
});
