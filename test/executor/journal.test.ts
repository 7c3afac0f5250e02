import { describe, expect, it } from 'vitest';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';
import { received } from '../store/entries.ts';
import { journalContract } from '../store/journal-contract.ts';
import { sqlitePlace, WORKER } from '../store/places.ts';

describe('the SQLite journal', () => {
  journalContract(sqlitePlace);

  it('says so, for ever, when its file cannot be opened', async () => {
    const broken = new SqliteJournal('/proc/no/such/folder/journal.sqlite', WORKER);
    await expect(broken.append([received('a')])).rejects.toThrow(/journal/);
    expect(broken.broken?.message).toContain('journal');
    await broken.close();
  });
});
