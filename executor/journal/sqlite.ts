import { JournalThread } from './journal-thread.ts';

/**
 * The journal in one SQLite file (WAL, synchronous FULL). Its thread commits everything that waits
 * in one transaction.
 */
export class SqliteJournal extends JournalThread {
  constructor(path: string, workerUrl: URL, onNote?: (note: string) => void) {
    super({ role: 'journal', store: 'sqlite', path }, workerUrl, onNote);
  }
}
