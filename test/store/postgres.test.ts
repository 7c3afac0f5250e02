import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { scopeOf } from '../../executor/journal/journal.ts';
import type { OrderId } from '../../executor/order/order.ts';
import { later, received, rejected } from './entries.ts';
import { exported } from './journal-contract.ts';
import { kinds, PostgresRig } from './postgres-rig.ts';

const ALL = 0 as EpochMs;
const rig = new PostgresRig();

describe('a lost connection', () => {
  it('is made anew, and who waited meanwhile is served', async () => {
    const journal = rig.open();
    await journal.append([received('a')]);
    await rig.endSessions();
    await journal.append([received('b')]);
    expect(await kinds(journal)).toEqual(['a received', 'b received']);
  });

  it('right after the commit doubles nothing: the same sequences are sent again', async () => {
    const journal = rig.open();
    await journal.append([received('a')]);
    rig.network.mute();
    let isDurable = false;
    const appended = journal.append([received('b'), later('b', { kind: 'sent' })]).then(() => {
      isDurable = true;
    });
    // It is committed, and nobody here can know.
    await expect.poll(() => rig.count('spark_events')).toBe(3);
    expect(isDurable).toBe(false);
    rig.network.cut();
    rig.network.mend();
    await appended;
    expect(await kinds(journal)).toEqual(['a received', 'b received', 'b sent']);
    expect(await rig.count('spark_orders')).toBe(2);
  });

  it('takes back a receipt that was refused and turns out to be there, but no fact', async () => {
    const journal = rig.open({ patienceMs: 400 });
    await journal.load(ALL);
    await journal.append([received('a')]);
    rig.network.mute();
    const results = Promise.allSettled([
      journal.append([received('b')]),
      journal.append([later('a', rejected)]),
    ]);
    await expect.poll(() => rig.count('spark_events')).toBeGreaterThan(1);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    rig.network.cut();
    rig.network.mend();
    await expect.poll(() => journal.bound(scopeOf('n:1', 'b')).catch(() => 'down')).toEqual([]);
    await expect.poll(() => kinds(journal)).toEqual(['a received', 'a rejected']);
    // The key is free: the caller's retry is an order.
    await journal.append([received('b again', { key: 'b' })]);
  });

  it('that lasts refuses receipts in time, keeps facts in their order, and catches up', async () => {
    const journal = rig.open({ patienceMs: 300 });
    await journal.load(ALL);
    await journal.append([received('a')]);
    rig.network.cut();
    const results = await Promise.allSettled([
      journal.append([received('b')]),
      journal.append([later('a', { kind: 'sent' })]),
      journal.append([later('a', rejected)]),
      journal.order('a' as OrderId),
    ]);
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    rig.network.mend();
    await journal.append([received('c')]).catch(() => undefined);
    await expect.poll(() => kinds(journal).catch(() => [])).toContain('a rejected');
    const lines = (await kinds(journal)).filter((line) => line.startsWith('a'));
    expect(lines).toEqual(['a received', 'a sent', 'a rejected']);
    expect(journal.broken).toBeUndefined();
  });
});

describe('a network that goes silent', () => {
  it('makes nobody wait longer than the patience, and holds up nobody who ends', async () => {
    const journal = rig.open({ patienceMs: 300 });
    await journal.load(ALL);
    await journal.append([received('a')]);
    await journal.order('a' as OrderId);
    rig.network.freeze();
    const silent = await Promise.allSettled([
      journal.append([received('b')]),
      journal.order('a' as OrderId),
    ]);
    expect(silent.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await journal.close();
  });
});

describe('one writer', () => {
  it('keeps a second process out while it lives, and makes room when it ends', async () => {
    const first = rig.open();
    await first.append([received('a')]);
    const second = rig.open({ patienceMs: 500 });
    await expect(second.append([received('b')])).rejects.toThrow(/did not answer/);
    await expect
      .poll(() => rig.notes.join(), { timeout: 10_000 })
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
    const first = rig.open({ patienceMs: 30_000 });
    await first.append([received('a')]);
    const url = rig.network.through(rig.place.url);
    rig.useUrl('postgresql://nobody@127.0.0.1:1/none');
    await rig.endSessions();
    const late = first.append([received('late')]);
    late.catch(() => undefined);
    const urlFile = `${rig.place.urlFile}-2`;
    writeFileSync(urlFile, url);
    const second = rig.open({ urlFile });
    await second.append([received('b')]);
    await second.close();
    rig.useUrl(url);
    await expect(late).rejects.toThrow(/another process has taken this journal over/);
    expect(first.broken?.message).toContain('taken this journal over');
    const third = rig.open();
    expect(await kinds(third)).toEqual(['a received', 'b received']);
  });

  it('whose lock a failover forgot writes nothing beside the one that came after it', async () => {
    const first = rig.open();
    await first.append([received('a')]);
    await rig.place.sql("UPDATE spark_journals SET writer = 'another/1'");
    await expect(first.append([received('late')])).rejects.toThrow(/taken this journal over/);
    expect(first.broken?.message).toContain('taken this journal over');
    expect(await rig.count('spark_events')).toBe(1);
  });

  it('is one per executor: others share the database and neither keys nor sequences', async () => {
    const alpha = rig.open();
    const beta = rig.open({ executor: { namespace: 'desk', name: 'beta' } });
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
    const before = rig.open();
    await before.append([received('a')]);
    await before.close();
    expect(await kinds(rig.open())).toEqual(['a received']);
  });
});
