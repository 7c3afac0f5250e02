import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { type Journal, scopeOf } from '../../executor/journal/journal.ts';
import type { PostgresOptions } from '../../executor/journal/postgres.ts';
import type { OrderId } from '../../executor/order/order.ts';
import { later, received, rejected } from './entries.ts';
import { exported } from './journal-contract.ts';
import { type FaultyNetwork, startNetwork } from './network.ts';
import { type PostgresPlace, postgresPlace } from './places.ts';

const ALL = 0 as EpochMs;
let place: PostgresPlace;
let network: FaultyNetwork;
const opened: Journal[] = [];
const notes: string[] = [];

beforeEach(async () => {
  place = await postgresPlace();
  network = await startNetwork(place.url);
  writeFileSync(place.urlFile, network.through(place.url));
});
afterEach(async () => {
  network.mend();
  await Promise.all(opened.splice(0).map((journal) => journal.close()));
  await network.close();
  await place.remove();
  notes.length = 0;
});

function open(options: Partial<PostgresOptions> = {}) {
  const journal = place.openAs(options, (note) => void notes.push(note));
  opened.push(journal);
  return journal;
}

const kinds = async (journal: Journal) =>
  (await exported(journal)).map(({ orderId, event }) => `${orderId} ${event.kind}`);
const count = async (table: string) =>
  (await place.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n;
const endSessions = () =>
  place.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );

describe('a lost connection', () => {
  it('is made anew, and who waited meanwhile is served', async () => {
    const journal = open();
    await journal.append([received('a')]);
    await endSessions();
    await journal.append([received('b')]);
    expect(await kinds(journal)).toEqual(['a received', 'b received']);
  });

  it('right after the commit doubles nothing: the same sequences are sent again', async () => {
    const journal = open();
    await journal.append([received('a')]);
    network.mute();
    let isDurable = false;
    const appended = journal.append([received('b'), later('b', { kind: 'sent' })]).then(() => {
      isDurable = true;
    });
    // It is committed, and nobody here can know.
    await expect.poll(() => count('spark_events')).toBe(3);
    expect(isDurable).toBe(false);
    network.cut();
    network.mend();
    await appended;
    expect(await kinds(journal)).toEqual(['a received', 'b received', 'b sent']);
    expect(await count('spark_orders')).toBe(2);
  });

  it('takes back a receipt that was refused and turns out to be there, but no fact', async () => {
    const journal = open({ patienceMs: 400 });
    await journal.append([received('a')]);
    network.mute();
    const results = Promise.allSettled([
      journal.append([received('b')]),
      journal.append([later('a', rejected)]),
    ]);
    await expect.poll(() => count('spark_events')).toBeGreaterThan(1);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    network.cut();
    network.mend();
    await expect.poll(() => journal.bound(scopeOf('n:1', 'b')).catch(() => 'down')).toEqual([]);
    expect(await kinds(journal)).toEqual(['a received', 'a rejected']);
    // The key is free: the caller's retry is an order.
    await journal.append([received('b again', { key: 'b' })]);
  });

  it('that lasts refuses receipts in time, keeps facts in their order, and catches up', async () => {
    const journal = open({ patienceMs: 300 });
    await journal.append([received('a')]);
    network.cut();
    const results = await Promise.allSettled([
      journal.append([received('b')]),
      journal.append([later('a', { kind: 'sent' })]),
      journal.append([later('a', rejected)]),
      journal.order('a' as OrderId),
    ]);
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    network.mend();
    await journal.append([received('c')]).catch(() => undefined);
    await expect.poll(() => kinds(journal).catch(() => [])).toContain('a rejected');
    const lines = (await kinds(journal)).filter((line) => line.startsWith('a'));
    expect(lines).toEqual(['a received', 'a sent', 'a rejected']);
    expect(journal.broken).toBeUndefined();
  });
});

describe('one writer', () => {
  it('keeps a second process out while it lives, and makes room when it ends', async () => {
    const first = open();
    await first.append([received('a')]);
    const second = open({ patienceMs: 500 });
    await expect(second.append([received('b')])).rejects.toThrow(/did not answer/);
    await expect
      .poll(() => notes.join(), { timeout: 10_000 })
      .toContain('desk/alpha cannot be written: another process');
    await first.append([received('c')]);
    await first.close();
    await expect
      .poll(
        () =>
          second.append([received('d')]).then(
            () => 'in',
            () => 'out',
          ),
        {
          timeout: 20_000,
        },
      )
      .toBe('in');
    const written = await kinds(second);
    expect(written.slice(0, 2)).toEqual(['a received', 'c received']);
  });

  it('that was cut off and replaced writes nothing more, and says that it has to end', async () => {
    const first = open({ patienceMs: 30_000 });
    await first.append([received('a')]);
    const url = network.through(place.url);
    writeFileSync(place.urlFile, 'postgresql://nobody@127.0.0.1:1/none');
    await endSessions();
    const late = first.append([received('late')]);
    late.catch(() => undefined);
    const urlFile = `${place.urlFile}-2`;
    writeFileSync(urlFile, url);
    const second = open({ urlFile });
    await second.append([received('b')]);
    await second.close();
    writeFileSync(place.urlFile, url);
    await expect(late).rejects.toThrow(/another process has taken this journal over/);
    expect(first.broken?.message).toContain('taken this journal over');
    const third = open();
    expect(await kinds(third)).toEqual(['a received', 'b received']);
  });

  it('is one per executor: others share the database and neither keys nor sequences', async () => {
    const alpha = open();
    const beta = open({ executor: { namespace: 'desk', name: 'beta' } });
    await Promise.all([alpha.append([received('a')]), beta.append([received('a')])]);
    await beta.append([later('a', rejected)]);
    expect(await kinds(alpha)).toEqual(['a received']);
    expect((await exported(beta)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(await alpha.load(ALL)).toHaveLength(1);
    expect(await beta.bound(scopeOf('n:1', 'a'))).toHaveLength(2);
    await alpha.prune((Date.now() + 1) as EpochMs);
    expect(await kinds(beta)).toHaveLength(2);
  });

  it('is the same executor after its object was made anew: it finds its orders by name', async () => {
    const before = open();
    await before.append([received('a')]);
    await before.close();
    expect(await kinds(open())).toEqual(['a received']);
  });
});

describe('a session', () => {
  it('waits for its commits to be durable, whatever the database does by default', async () => {
    const journal = open();
    await journal.append([received('a')]);
    await journal.close();
    await place.sql(`
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$;
      CREATE TABLE seen (setting text);
      CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
      CREATE TRIGGER see BEFORE INSERT ON spark_events FOR EACH ROW EXECUTE FUNCTION see();`);
    await open().append([received('b')]);
    expect(await place.sql('SELECT setting FROM seen')).toEqual([{ setting: 'on' }]);
  });

  it('does not wait for a lock for ever, and an order not even that long', async () => {
    const journal = open({ patienceMs: 300 });
    await journal.append([received('a')]);
    const locked = place.sql('BEGIN; LOCK TABLE spark_events; SELECT pg_sleep(3.5); COMMIT');
    await expect.poll(() => count("pg_locks WHERE mode = 'AccessExclusiveLock'")).toBe(1);
    await expect(journal.append([received('b')])).rejects.toThrow(/did not answer within 300 ms/);
    await locked;
    await expect
      .poll(() => journal.bound(scopeOf('n:1', 'b')).catch(() => 'down'), {
        timeout: 10_000,
      })
      .toEqual([]);
    expect(notes.join()).toContain('lock timeout');
  });

  it('takes a new password from its file, and shows the old one to nobody', async () => {
    const role = `writer_${Math.random().toString(36).slice(2)}`;
    await place.sql(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'right-and-proper'`);
    const url = new URL(network.through(place.url));
    url.username = role;
    url.password = 'wr@ng planted-secret';
    writeFileSync(place.urlFile, String(url));
    const journal = open({ patienceMs: 400 });
    const refusal = await journal.append([received('a')]).catch(String);
    await expect.poll(() => notes.join()).toContain('password authentication failed');
    url.password = 'right-and-proper';
    writeFileSync(place.urlFile, String(url));
    await expect
      .poll(() =>
        journal.append([received('b')]).then(
          () => 'in',
          () => 'out',
        ),
      )
      .toBe('in');
    const said = [refusal, ...notes].join('\n');
    for (const secret of ['planted-secret', 'right-and-proper', 'planted']) {
      expect(said).not.toContain(secret);
    }
    await journal.close();
    await endSessions();
    await place.sql(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP ROLE ${role}`);
  });

  it.each([
    ['nothing', ''],
    ['another address', 'mysql://user:planted-secret@host/db'],
    ['half an address', 'postgresql://user:planted-secret@[::broken/db'],
    ['a host that is not there', 'postgresql://user:planted-secret@127.0.0.1:1/db'],
  ])(
    'of a file with %s is not made; what is wrong is said, the secret is not',
    async (_what, text) => {
      writeFileSync(place.urlFile, text);
      const journal = open({ patienceMs: 200 });
      await expect(journal.append([received('a')])).rejects.toThrow(/did not answer/);
      await expect
        .poll(() => notes.join())
        .toContain('the journal of desk/alpha cannot be written');
      expect(notes.join()).not.toContain('planted');
      expect(journal.broken).toBeUndefined();
    },
  );
});
