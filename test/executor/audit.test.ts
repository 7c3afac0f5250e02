import { describe } from 'vitest';
import { auditContract } from '../store/audit-contract.ts';
import { sqlitePlace } from '../store/places.ts';

describe('the audit of the SQLite journal', () => auditContract(sqlitePlace));
