import { describe } from 'vitest';
import { auditContract } from './audit-contract.ts';
import { journalContract } from './journal-contract.ts';
import { postgresPlace, sqlitePlace } from './places.ts';

describe.each([
  ['SQLite', sqlitePlace],
  ['PostgreSQL', postgresPlace],
])('the journal in %s', (_name, makePlace) => {
  journalContract(makePlace);
  describe('its audit', () => auditContract(makePlace));
});
