import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { scopeOf } from '../../executor/journal/journal.ts';
import { received } from './entries.ts';
import { PostgresRig } from './postgres-rig.ts';

const ALL = 0 as EpochMs;
const rig = new PostgresRig();

/** The server's own answer repeats the user. */
const userIsPassword = (url: string): string => {
  const wrong = new URL(url);
  wrong.username = 'planted-secret';
  wrong.password = 'planted-secret';
  return String(wrong);
};

describe('a session', () => {
  it('waits for its commits to be durable, whatever the database does by default', async () => {
    const journal = rig.open();
    await journal.append([received('a')]);
    await journal.close();
    await rig.place.sql(`
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$;
      CREATE TABLE seen (setting text);
      CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
      CREATE TRIGGER see BEFORE INSERT ON spark_events FOR EACH ROW EXECUTE FUNCTION see();`);
    await rig.open().append([received('b')]);
    expect(await rig.place.sql('SELECT setting FROM seen')).toEqual([{ setting: 'on' }]);
  });

  it('does not wait for a lock for ever, and an order not even that long', async () => {
    const journal = rig.open({ patienceMs: 300 });
    await journal.load(ALL);
    await journal.append([received('a')]);
    const locked = rig.place.sql('BEGIN; LOCK TABLE spark_events; SELECT pg_sleep(3.5); COMMIT');
    await expect.poll(() => rig.count("pg_locks WHERE mode = 'AccessExclusiveLock'")).toBe(1);
    await expect(journal.append([received('b')])).rejects.toThrow(/did not answer within 300 ms/);
    await locked;
    await expect
      .poll(() => journal.bound(scopeOf('n:1', 'b')).catch(() => 'down'), {
        timeout: 10_000,
      })
      .toEqual([]);
    expect(rig.notes.join()).toContain('lock timeout');
  });

  it('takes a new password from its file, and shows the old one to nobody', async () => {
    const role = `writer_${Math.random().toString(36).slice(2)}`;
    await rig.place.sql(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'right-and-proper'`);
    const url = new URL(rig.network.through(rig.place.url));
    url.username = role;
    url.password = 'wr@ng planted-secret';
    rig.useUrl(String(url));
    const journal = rig.open({ patienceMs: 400 });
    const refusal = await journal.append([received('a')]).catch(String);
    await expect.poll(() => rig.notes.join()).toContain('password authentication failed');
    url.password = 'right-and-proper';
    rig.useUrl(String(url));
    await expect
      .poll(() =>
        journal.append([received('b')]).then(
          () => 'in',
          () => 'out',
        ),
      )
      .toBe('in');
    const said = [refusal, ...rig.notes].join('\n');
    for (const secret of ['planted-secret', 'right-and-proper', 'planted']) {
      expect(said).not.toContain(secret);
    }
    await journal.close();
    await rig.endSessions();
    await rig.place.sql(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP ROLE ${role}`);
  });

  it.each([
    ['nothing', ''],
    ['another address', 'mysql://user:planted-secret@host/db'],
    ['half an address', 'postgresql://user:planted-secret@[::broken/db'],
    ['a host that is not there', 'postgresql://user:planted-secret@127.0.0.1:1/db'],
    ['its password for a user', userIsPassword],
  ])(
    'of a file with %s is not made; what is wrong is said, the secret is not',
    async (_what, text) => {
      rig.useUrl(typeof text === 'string' ? text : text(rig.place.url));
      const journal = rig.open({ patienceMs: 200 });
      await expect(journal.append([received('a')])).rejects.toThrow(/did not answer/);
      await expect
        .poll(() => rig.notes.join())
        .toContain('the journal of desk/alpha cannot be written');
      expect(rig.notes.join()).not.toContain('planted');
      expect(journal.broken).toBeUndefined();
    },
  );
});
