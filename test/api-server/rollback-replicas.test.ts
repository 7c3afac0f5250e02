import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { effectiveOf } from '../../crds/effective.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import {
  annotate,
  aReplica,
  begun,
  create,
  events,
  executor,
  firing,
  freeze,
  incidents,
  latched,
  openRollbackDesk,
  PATIENCE,
  PERSIST_FOR_MS,
  post,
  rollback,
  settledIncident,
  thaw,
  touch,
} from './rollback-desk.ts';

openRollbackDesk();

/** Far more often than anything writes to one object in earnest; a full second is usual. */
const STORM_EVERY_MS = 25;

/** An alert that has lasted long enough already: due as soon as it is on record. */
const due = () => firing({ startsAt: new Date(Date.now() - PERSIST_FOR_MS - 100).toISOString() });

interface Dying {
  readonly through: (connection: KubeConnection) => KubeConnection;
  readonly isDead: () => boolean;
}

/** A replica whose process ends right after its write number `at` was accepted. */
function dyingAfterWrite(at: number): Dying {
  let writes = 0;
  const through = (real: KubeConnection): KubeConnection => {
    const request = async (options: Dispatcher.RequestOptions) => {
      if (writes >= at) throw new Error('the process is dead');
      const answer = await real.dispatcher.request(options);
      if (options.method !== 'GET') writes += 1;
      if (writes < at) return answer;
      await answer.body.dump();
      throw new Error('the process died here');
    };
    const dispatch: Dispatcher['dispatch'] = (...watch) => real.dispatcher.dispatch(...watch);
    const dispatcher = { request, dispatch } as unknown as Dispatcher;
    return { ...real, dispatcher, authorization: real.authorization, close: () => real.close() };
  };
  return { through, isDead: () => writes >= at };
}

async function rolledBackOnce(): Promise<void> {
  await latched();
  const incident = await settledIncident();
  expect(await incidents()).toHaveLength(1);
  const marks = incident.status?.timeline?.map(({ what }) => what.split(':')[0]);
  expect(marks).toEqual(['Decided', 'Latched', 'Spec patched', 'Announced', 'Evidence']);
  const { spec, metadata } = await executor();
  expect(spec).toMatchObject({ mode: 'paper', killSwitch: true });
  expect(metadata.generation).toBe(2); // created, patched once
  expect((await events()).filter((reason) => reason === 'RolledBack')).toHaveLength(1);
}

describe('several replicas, against a real API server', () => {
  it('take alerts in on any of them, and only the leader acts', async () => {
    const follower = await aReplica({ leads: false });
    await create();
    expect((await post(follower, due())).statusCode).toBe(200);
    expect((await rollback())?.pending).toHaveLength(1); // durable before the 200, first status included
    await touch('once');
    expect(await rollback()).toMatchObject({ latched: false });
    await aReplica();
    await rolledBackOnce();
  });

  it('roll back once even when two of them think they lead', async () => {
    const [one, two] = await Promise.all([aReplica(), aReplica()]);
    await create();
    await begun();
    const answers = await Promise.all([post(one, due()), post(two, due())]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    await rolledBackOnce();
  });

  // 3: incident, 4: latch, 5: noted, 6: spec, 7: noted, 8: Event, 9: noted
  it.each([3, 4, 5, 6, 7, 8, 9])('finish what one began that died after write %i', async (at) => {
    const dying = dyingAfterWrite(at);
    const first = await aReplica(dying);
    await create();
    await begun();
    await post(first, due()); // write 2
    await vi.waitFor(() => expect(dying.isDead()).toBe(true), PATIENCE);
    await aReplica();
    await rolledBackOnce();
  });

  it('finish an acknowledgement that one died in: released once, and recorded', async () => {
    const first = await aReplica();
    await create();
    await begun();
    await post(first, due());
    await rolledBackOnce();
    const { metadata } = (await incidents())[0] ?? {};
    const dying = dyingAfterWrite(1); // the incident is acknowledged, the latch is still there
    await aReplica(dying);
    await annotate({ 'spark.trading/acknowledge-rollback': metadata?.name });
    await vi.waitFor(
      async () => expect(await rollback()).toMatchObject({ latched: false }),
      PATIENCE,
    );
    const [incident] = await incidents();
    // Still firing: its clock starts anew at the very instant the incident carries.
    const at = incident?.status?.acknowledged?.at;
    expect((await rollback())?.pending).toMatchObject([{ since: at }]);
    expect(effectiveOf(await executor()).killed).toBe(true); // the spec stays as the rollback left it
  });
});

describe('an intake under pressure, against a real API server', () => {
  it('loses no alert to a storm of conflicting writes', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => aReplica({ leads: false })));
    await aReplica();
    await create();
    await begun();
    let isOver = false;
    const storm = (async () => {
      for (let i = 0; !isOver; i++) {
        await touch(String(i));
        await sleep(STORM_EVERY_MS);
      }
    })();
    const fingerprints = Array.from({ length: 12 }, (_, i) => `f${i}`);
    const sent = fingerprints.map(async (fingerprint, i) => {
      const replica = replicas[i % replicas.length];
      for (let tries = 0; replica !== undefined && tries < 10; tries++) {
        const { statusCode } = await post(replica, firing({ fingerprint }));
        if (statusCode === 200) return;
        expect(statusCode).toBe(503); // Alertmanager repeats it
      }
      throw new Error(`${fingerprint} was never taken in`);
    });
    await Promise.allSettled(sent);
    isOver = true;
    await Promise.all([storm, ...sent]);
    const known = (await rollback())?.pending.map(({ fingerprint }) => fingerprint);
    expect(known?.sort()).toEqual(fingerprints.sort());
  });

  it('answers 503 while the API server is silent, and the repetition is taken', async () => {
    const replica = await aReplica({ leads: false });
    await create();
    expect((await post(replica, firing())).statusCode).toBe(200);
    freeze();
    const answer = await post(replica, firing({ fingerprint: 'f2' }));
    thaw();
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2']);
    expect((await post(replica, firing({ fingerprint: 'f2' }))).statusCode).toBe(200);
    expect((await rollback())?.pending).toHaveLength(2);
  });
});
