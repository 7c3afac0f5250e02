import type { ExecutorKey } from '../../crds/names.ts';
import { JournalThread } from './journal-thread.ts';

export interface PostgresOptions {
  /** The mounted file that holds the connection URL. */
  readonly urlFile: string;
  readonly executor: ExecutorKey;
  /** Unlike that of any other process. */
  readonly instance: string;
  /** How long a caller waits for a database that does not answer, in milliseconds. */
  readonly patienceMs?: number;
}

/** Shorter than an order lives: who waits longer than that is not sent anyway. */
const PATIENCE_MS = 3_000;

/**
 * The journal in a PostgreSQL database that several executors may share. Its rows belong to
 * `namespace/name`, not to a uid: an executor that is deleted and created again finds its orders and
 * keys, as it does on its volume.
 */
export class PostgresJournal extends JournalThread {
  constructor(options: PostgresOptions, workerUrl: URL, onNote?: (note: string) => void) {
    const { urlFile, instance, patienceMs = PATIENCE_MS } = options;
    const executor = `${options.executor.namespace}/${options.executor.name}`;
    const setup = { ...{ urlFile, instance, patienceMs, executor } } as const;
    super({ role: 'journal', store: 'postgres', ...setup }, workerUrl, onNote);
  }
}
